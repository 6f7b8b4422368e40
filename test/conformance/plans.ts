import { fileURLToPath } from 'node:url';

/** A plan of the suite, and the file that tells the tool how to run it. */
export interface Plan {
  name: string;
  /** What it is about, for the table. */
  title: string;
  /** How many modules it has in the suite's version that the figures are from. */
  modules: number;
  file(tool: { plans: string }): string;
}

const shared = (name: string, title: string, modules: number): Plan => ({
  name,
  title,
  modules,
  file: ({ plans }) => `${plans}/${name}.json`,
});

const own = (name: string, title: string, modules: number): Plan => ({
  name,
  title,
  modules,
  file: () => fileURLToPath(new URL(`plans/${name}.json`, import.meta.url)),
});

export const PLANS: readonly Plan[] = [
  shared('config', 'OpenID Connect: Config OP', 1),
  shared('basic', 'OpenID Connect: Basic OP, clients that register', 38),
  shared('basic-static', 'OpenID Connect: Basic OP, clients that are known', 35),
  shared('formpost-basic', 'OpenID Connect: Form Post OP, Basic', 38),
  shared('implicit', 'OpenID Connect: Implicit OP', 58),
  shared('formpost-implicit', 'OpenID Connect: Form Post OP, Implicit', 58),
  shared('hybrid', 'OpenID Connect: Hybrid OP', 102),
  shared('formpost-hybrid', 'OpenID Connect: Form Post OP, Hybrid', 102),
  shared('logout', 'OpenID Connect: RP-Initiated Logout OP', 11),
  shared('backchannel-logout', 'OpenID Connect: Back-Channel Logout OP', 2),
  shared('third-party-login', 'OpenID Connect: 3rd Party-Init OP', 2),
  shared('dynamic', 'OpenID Connect: Dynamic OP, code', 23),
  shared('fapi2', 'FAPI 2.0 Security Profile: private_key_jwt, DPoP, OpenID Connect', 56),
  own('fapi2-plain-oauth', 'FAPI 2.0 Security Profile: private_key_jwt, DPoP, plain OAuth', 50),
  own('fapi2-client-credentials', 'FAPI 2.0 Security Profile: client credentials', 14),
  shared('fapi2-message-signing', 'FAPI 2.0 Message Signing: JAR, JARM', 70),
];
