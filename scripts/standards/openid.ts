import { flows, type Standard } from './standard.js';

/** The specifications of the OpenID Foundation. */
export const openid: readonly Standard[] = [
  {
    name: 'OpenID Connect Core 1.0',
    parts: [
      {
        sections: '3.1',
        about: 'code flow; `prompt`, `max_age`, `login_hint`, `id_token_hint`, `ui_locales`, GET and POST',
        support: 'on',
        tests: flows('sign-in-with-consent', 'authorization-code', 'prompts'),
      },
      {
        sections: '3.2, 3.3',
        about: 'implicit and hybrid flow',
        support: 'switch',
        how: '`RESPONSE_TYPES` and the client’s `response_types`',
        tests: flows('front-channel-tokens', 'off-by-default'),
      },
      {
        sections: '4',
        about: 'sign-in started elsewhere',
        support: 'client',
        how: '`--initiate-login-uri`',
        tests: flows('registration-for-the-suite'),
      },
      {
        sections: '5.1–5.4',
        about: 'standard claims and scopes; userinfo by GET and POST',
        support: 'on',
        tests: flows('sign-in-with-consent', 'userinfo'),
      },
      {
        sections: '5.3.2, 10',
        about: 'signed and encrypted userinfo and ID tokens',
        support: 'client',
        how: '`--metadata id_token_…`, `userinfo_…`',
        tests: [...flows('algorithms'), 'interop/openid-client.test.ts'],
      },
      { sections: '5.5', about: 'claims parameter', support: 'on', tests: flows('prompts', 'step-up') },
      {
        sections: '5.6.2',
        about: 'aggregated and distributed claims',
        support: 'no',
        how: 'all claims are ours',
      },
      {
        sections: '6.1',
        about: 'request objects by value',
        support: 'on',
        how: '`require_signed_request_object` demands them',
        tests: [...flows('bad-input-requests', 'request-object-refusals'), 'interop/openid-client.test.ts'],
      },
      {
        sections: '6.2',
        about: 'request objects by reference',
        support: 'client',
        how: '`--metadata request_uris`',
        tests: flows('request-by-reference'),
      },
      { sections: '7', about: 'self-issued providers', support: 'no', how: 'another kind of product' },
      {
        sections: '8',
        about: 'pairwise subjects, sector identifiers',
        support: 'client',
        how: '`--metadata subject_type=pairwise`',
        tests: flows('registration-for-the-suite', 'protocol-refusals'),
      },
      {
        sections: '9',
        about: '`client_secret_basic`, `_post`, `_jwt`, `private_key_jwt`',
        support: 'on',
        how: '`--auth-method` pins one',
        tests: [...flows('algorithms', 'client-assertion-refusals'), 'domain/protocol-metadata.test.ts'],
      },
      {
        sections: '11, 12',
        about: '`offline_access`, refresh tokens',
        support: 'on',
        tests: flows('refresh-token-rotation', 'prompts'),
      },
    ],
  },
  {
    name: 'OpenID Connect Discovery 1.0',
    parts: [
      { sections: '3, 4', about: 'provider metadata', support: 'on', tests: flows('discovery') },
      { sections: '2', about: 'WebFinger', support: 'no', how: 'nobody asks for it' },
    ],
  },
  {
    name: 'OpenID Connect Dynamic Client Registration 1.0',
    parts: [
      {
        sections: '3, 4',
        about: 'registration, and reading it back',
        support: 'switch',
        how: '`REGISTRATION`',
        tests: flows('registration', 'registration-bad-input', 'registration-for-the-suite'),
      },
    ],
  },
  {
    name: 'OAuth 2.0 Multiple Response Types, Form Post Response Mode',
    parts: [
      {
        sections: 'all',
        about: '`response_mode` query, fragment and form_post',
        support: 'on',
        tests: flows('front-channel-tokens'),
      },
    ],
  },
  {
    name: 'OpenID Connect logout',
    parts: [
      {
        sections: 'RP-Initiated Logout 1.0',
        about: 'with a page that asks',
        support: 'on',
        tests: flows('sign-out'),
      },
      {
        sections: 'Back-Channel Logout 1.0',
        about: 'queued, tried again, recorded',
        support: 'client',
        how: '`--backchannel-logout-uri`',
        tests: flows('sign-out', 'back-channel-delivery'),
      },
      {
        sections: 'Front-Channel Logout 1.0',
        about: 'apps in hidden frames',
        support: 'no',
        how: 'the app’s cookies do not reach a frame on another site in today’s browsers, so it would say “signed out” where nobody was; back-channel logout does not depend on the browser',
      },
      {
        sections: 'Session Management 1.0',
        about: 'a frame that watches a cookie',
        support: 'no',
        how: 'needs third-party cookies, which browsers block; neither this nor front-channel logout is in the library, so neither is little code',
      },
    ],
  },
  {
    name: 'OpenID Connect Client-Initiated Backchannel Authentication Core 1.0',
    parts: [
      {
        sections: '5, 7.1–7.4, 10.1, 10.2, 11',
        about: 'poll and ping mode; people answer on a page of their account',
        support: 'switch',
        how: '`CIBA`, and the grant of the client',
        tests: [...flows('ciba', 'ciba-refusals'), 'process/ciba-ping.test.ts'],
      },
      { sections: '10.3', about: 'push mode', support: 'no', how: 'FAPI forbids it' },
    ],
  },
  {
    name: 'JWT Secured Authorization Response Mode (JARM)',
    parts: [
      {
        sections: 'all',
        about: 'signed and encrypted authorization responses',
        support: 'client',
        how: '`response_mode=jwt` and its kin; `--metadata authorization_…`',
        tests: ['interop/openid-client.test.ts'],
      },
    ],
  },
  {
    name: 'FAPI 2.0',
    parts: [
      {
        sections: 'Security Profile 5.3, 5.4',
        about:
          'PAR, PKCE, private_key_jwt or mTLS, DPoP or mTLS, no rotation, codes of 60 s, `iss`, the algorithms',
        support: 'client',
        how: '`--profile fapi2`',
        tests: [...flows('mutual-tls', 'certificate-bound-tokens'), 'interop/openid-client.test.ts'],
      },
      {
        sections: 'Message Signing 5.3, 5.4',
        about: 'signed requests and answers',
        support: 'client',
        how: '`require_signed_request_object`, `response_mode=jwt`',
        tests: ['interop/openid-client.test.ts'],
      },
    ],
  },
];
