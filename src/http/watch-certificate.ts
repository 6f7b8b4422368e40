import type { SecureContextOptions } from 'node:tls';
import type { Logger } from 'pino';
import type { Listener } from './listener.js';
import { readTls, type TlsFiles } from './tls.js';

const LOOK_EVERY_MS = 60_000;

/**
 * Takes up a certificate that was renewed on disk. Files that don't belong together are the middle of a renewal, or a
 * mistake: what was there goes on.
 */
export function watchCertificate(
  files: TlsFiles,
  current: SecureContextOptions,
  listener: Pick<Listener, 'renew'>,
  log: Logger,
  everyMs = LOOK_EVERY_MS,
): { stop(): void } {
  let used = current;
  const look = () => {
    try {
      const found = readTls(files);
      if (String(found.cert) === String(used.cert) && String(found.key) === String(used.key)) return;
      listener.renew(found);
      used = found;
      log.info({ file: files.certificateFile }, 'the certificate was renewed');
    } catch (error) {
      log.error({ err: error }, 'the certificate on disk cannot be used; the one before it goes on');
    }
  };
  const timer = setInterval(look, everyMs).unref();
  return { stop: () => clearInterval(timer) };
}
