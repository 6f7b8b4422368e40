import { resolve } from 'node:path';
import type { Config, MutualTls } from './config-shape.js';
import type { Values } from './config-variables.js';
import type { ConfigFault } from './environment.js';

export function mutualTlsFrom(values: Values, cwd: string): MutualTls | undefined {
  const { MTLS, MTLS_PORT: port, MTLS_ORIGIN, MTLS_CA_FILE: file, ISSUER } = values;
  if (MTLS === 'off') return undefined;
  const hostname = ISSUER === undefined ? 'localhost' : new URL(ISSUER).hostname;
  const origin = MTLS_ORIGIN ?? (port === undefined ? undefined : `https://${hostname}:${port}`);
  return {
    ...(MTLS === 'proxy' && { header: { name: values.MTLS_HEADER, format: values.MTLS_HEADER_FORMAT } }),
    ...(port !== undefined && { port }),
    ...(origin !== undefined && { origin }),
    ...(file !== undefined && { authoritiesFile: resolve(cwd, file) }),
  };
}

/** What goes neither together nor with the rest. */
export function mutualTlsFaults(config: Config, { MTLS }: Values): ConfigFault[] {
  if (!config.mutualTls) return [];
  const faults: ConfigFault[] = [];
  const fault = (variable: string, message: string) => void faults.push({ variable, message });
  const { port, origin } = config.mutualTls;
  if (MTLS === 'direct' && !config.listen.tls)
    fault(
      'MTLS',
      'MTLS is direct, but Gatehouse does not speak https itself. Set TLS_CERT_FILE and TLS_KEY_FILE, or MTLS=proxy.',
    );
  if (MTLS === 'proxy' && config.trustedProxies.length === 0)
    fault(
      'TRUSTED_PROXIES',
      'MTLS is proxy, and TRUSTED_PROXIES is not set: no certificate would count. Set it to the address of your reverse proxy.',
    );
  if (MTLS === 'proxy' && config.issuer.startsWith('http:'))
    fault(
      'ISSUER',
      `ISSUER is ${config.issuer}, but with MTLS clients show certificates, which they do on https alone. Set it to the https address that the reverse proxy serves.`,
    );
  if (MTLS === 'proxy' && port !== undefined)
    fault('MTLS_PORT', 'MTLS_PORT is for MTLS=direct. Where clients come to the proxy is MTLS_ORIGIN.');
  if (port === config.listen.port)
    fault('MTLS_PORT', `MTLS_PORT is ${port}, as PORT is. Leave it out, or set another.`);
  if (origin === new URL(config.issuer).origin)
    fault('MTLS_ORIGIN', `MTLS_ORIGIN is ${origin}, where everybody comes. Leave it out, or set another.`);
  return faults;
}
