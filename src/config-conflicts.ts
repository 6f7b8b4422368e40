import { mutualTlsFaults } from './config-mutual-tls.js';
import type { Config } from './config-shape.js';
import type { Values } from './config-variables.js';
import type { ConfigFault } from './environment.js';

/** What each variable by itself allows, but not together. */
export function conflicts(config: Config, values: Values): ConfigFault[] {
  const faults: ConfigFault[] = [];
  const { memory, passes } = config.passwords;
  if (
    config.production &&
    config.issuer.startsWith('http:') &&
    !isLoopback(new URL(config.issuer).hostname)
  ) {
    faults.push({
      variable: 'ISSUER',
      message: `ISSUER is ${config.issuer}: in production passwords and tokens travel over https only. Set it to the https address that the reverse proxy serves; for example https://id.example.com/oidc`,
    });
  }
  if ((values.TLS_CERT_FILE === undefined) !== (values.TLS_KEY_FILE === undefined)) {
    const [given, missing] =
      values.TLS_KEY_FILE === undefined
        ? ['TLS_CERT_FILE', 'TLS_KEY_FILE']
        : ['TLS_KEY_FILE', 'TLS_CERT_FILE'];
    faults.push({
      variable: missing,
      message: `${given} is set, and ${missing} is not. Set both, or neither.`,
    });
  }
  if (config.listen.tls && config.issuer.startsWith('http:')) {
    faults.push({
      variable: 'ISSUER',
      message: `ISSUER is ${config.issuer}, but with TLS_CERT_FILE nothing answers there. Write it with https.`,
    });
  }
  if ((values.NOTICE_WEBHOOK_URL === undefined) !== (values.NOTICE_WEBHOOK_SECRET === undefined)) {
    faults.push({
      variable: 'NOTICE_WEBHOOK_SECRET',
      message: 'NOTICE_WEBHOOK_URL and NOTICE_WEBHOOK_SECRET belong together. Set both, or neither.',
    });
  }
  const webhook = config.noticeWebhook && new URL(config.noticeWebhook.url);
  if (
    webhook?.protocol === 'http:' &&
    ![webhook.host, webhook.hostname].some((host) => config.outboundAllowed.includes(host))
  ) {
    faults.push({
      variable: 'NOTICE_WEBHOOK_URL',
      message: `NOTICE_WEBHOOK_URL is without TLS, and notices say who is asked for what. Write it with https, or put ${webhook.host} into OUTBOUND_ALLOWED_HOSTS.`,
    });
  }
  faults.push(...mutualTlsFaults(config, values));
  const { hostname } = new URL(config.issuer);
  if (
    config.protocol.profile === 'conformance' &&
    !isLoopback(hostname) &&
    values.CONFORMANCE_ON_PUBLIC_ISSUER !== hostname
  ) {
    faults.push({
      variable: 'PROFILE',
      message: `PROFILE is conformance and ISSUER is ${config.issuer}, which is not on loopback: everybody who reaches it could sign in with the password of the suite's user. If that is what you want, set CONFORMANCE_ON_PUBLIC_ISSUER=${hostname}`,
    });
  }
  if (config.lifetimes.sessionIdle > config.lifetimes.sessionAbsolute) {
    faults.push({
      variable: 'SESSION_IDLE_LIFETIME',
      message: 'SESSION_IDLE_LIFETIME is longer than SESSION_LIFETIME. Make it shorter, or the other longer.',
    });
  }
  // Tests hash cheaply.
  if (
    values.NODE_ENV !== 'test' &&
    !argonMinimum.some(([least, times]) => memory >= least && passes >= times)
  ) {
    faults.push({
      variable: 'PASSWORD_MEMORY',
      message: `PASSWORD_MEMORY ${memory} with PASSWORD_PASSES ${passes} is weaker than OWASP's minimum for argon2id. Set at least 19456 with 2 passes, 47104 with 1 or 12288 with 3.`,
    });
  }
  return faults;
}

/** OWASP Password Storage Cheat Sheet: KiB and passes that are equally hard to crack. */
const argonMinimum = [
  [47_104, 1],
  [19_456, 2],
  [12_288, 3],
  [9_216, 4],
  [7_168, 5],
] as const;

/** RFC 6761 section 6.3 and RFC 8252 section 8.3; `hostname` as URL gives it. */
function isLoopback(hostname: string): boolean {
  return /^(?:(?:.+\.)?localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(hostname);
}
