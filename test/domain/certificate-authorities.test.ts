import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { X509Certificate } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readCertificateAuthorities } from '../../src/domain/certificate-authorities.js';
import { createCertificate, type Certificate, type CertificateOptions } from '../support/certificates.js';

const DAY_MS = 24 * 3600 * 1000;
/** Hosts below example.com alone (RFC 5280 4.2.1.10). */
const NAME_CONSTRAINTS = { id: '2.5.29.30', value: '0\u0011\u00a0\u000f0\r\u0082\u000bexample.com' };

let folder: string;
let root: Certificate;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatehouse-authorities-'));
  root = await createCertificate({ name: 'Root', authority: true, days: 10 });
});
afterAll(() => rm(folder, { recursive: true }));

async function authoritiesOf(...certificates: (Pick<Certificate, 'cert'> | string)[]) {
  const file = join(folder, 'ca.pem');
  const pem = certificates.map((entry) => (typeof entry === 'string' ? entry : entry.cert));
  await writeFile(file, pem.join('# a comment between them\n'));
  return readCertificateAuthorities(file);
}

/** What is wrong with a certificate now, or so many days from now. */
async function faultOf({ cert }: Certificate, among: Certificate[], days = 0): Promise<string | undefined> {
  const authorities = await authoritiesOf(...among);
  return authorities.fault(new X509Certificate(cert), Date.now() + days * DAY_MS);
}

const authority = (issuer: Certificate, name: string, more: Partial<CertificateOptions> = {}) =>
  issuer.issue({ name, authority: true, days: 10, ...more });

describe('a certificate is from an authority', () => {
  test('that issued it, or that stands above the one that did', async () => {
    const [second] = [await authority(root, 'Second')];
    const third = await authority(second, 'Third');
    expect(await faultOf(await root.issue({ name: 'a' }), [root])).toBeUndefined();
    expect(await faultOf(await third.issue({ name: 'a' }), [root, second, third])).toBeUndefined();
    expect(await faultOf(await third.issue({ name: 'a' }), [third, second, root])).toBeUndefined();
  });

  test('and is good for clients', async () => {
    for (const usage of ['clientAuth', undefined] as const)
      expect(await faultOf(await root.issue({ name: 'a', ...(usage && { usage }) }), [root])).toBeUndefined();
    expect(await faultOf(await root.issue({ name: 'a', usage: 'serverAuth' }), [root])).toMatch(
      /of clients/u,
    );
  });

  test('from its first second to its last', async () => {
    const certificate = await root.issue({ name: 'a', days: 5 });
    expect(await faultOf(certificate, [root], 4)).toBeUndefined();
    expect(await faultOf(certificate, [root], 6)).toBe('the certificate has expired');
    expect(await faultOf(certificate, [root], -11)).toBe('the certificate is not valid yet');
  });
});

describe('a certificate is from nobody', () => {
  const nobody = 'the certificate is from no authority of MTLS_CA_FILE';

  test('when it signed itself, or another of the same name signed it', async () => {
    const namesake = await createCertificate({ name: 'Root', authority: true });
    expect(await faultOf(await createCertificate({ name: 'a' }), [root])).toBe(nobody);
    expect(await faultOf(await namesake.issue({ name: 'a' }), [root])).toBe(nobody);
    expect(await faultOf(namesake, [root])).toBe(nobody);
  });

  test('when one that is no authority issued it', async () => {
    const client = await root.issue({ name: 'client' });
    expect(await faultOf(await client.issue({ name: 'a' }), [root])).toBe(nobody);
  });

  test('when the one that issued it is not in the file', async () => {
    const second = await authority(root, 'Second');
    expect(await faultOf(await second.issue({ name: 'a' }), [root])).toBe(nobody);
  });

  test('when one of those above it has ended', async () => {
    const second = await authority(root, 'Second', { days: 2 });
    const certificate = await second.issue({ name: 'a', days: 9 });
    expect(await faultOf(certificate, [root, second], 1)).toBeUndefined();
    expect(await faultOf(certificate, [root, second], 3)).toBe(nobody);
  });

  test('when there are more authorities between them than the one above allows', async () => {
    const top = await createCertificate({ name: 'Top', authority: true, pathLength: 1, days: 10 });
    const second = await authority(top, 'Second');
    const third = await authority(second, 'Third');
    expect(await faultOf(await second.issue({ name: 'a' }), [top, second, third])).toBeUndefined();
    expect(await faultOf(await third.issue({ name: 'a' }), [top, second, third])).toBe(nobody);
  });
});

test('what is critical and not understood is refused (RFC 5280 4.2)', async () => {
  const certificate = await root.issue({ name: 'a', critical: { id: '1.2.3.4', value: '\u0005\0' } });
  expect(await faultOf(certificate, [root])).toMatch(
    /critical extension that is not understood: 1\.2\.3\.4/u,
  );
});

describe('a file is refused at the start', () => {
  test.each<[string, () => Promise<(Certificate | string)[]>, RegExp]>([
    ['without certificates', async () => ['hello'], /holds no certificate in PEM/u],
    [
      'with something broken',
      async () => ['-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'],
      /a certificate that cannot be read/u,
    ],
    ['with a client', async () => [root, await root.issue({ name: 'a' })], /CN=a in it is not an authority/u],
    ['without the root', async () => [await authority(root, 'Second')], /who issued CN=Second is not in it/u],
    [
      'with one that issues to servers alone',
      async () => [await createCertificate({ name: 'S', authority: true, usage: 'serverAuth' })],
      /CN=S in it cannot be used: .* not for the authentication of clients/u,
    ],
    [
      'with constraints of names, which nobody would heed',
      async () => [await createCertificate({ name: 'C', authority: true, critical: NAME_CONSTRAINTS })],
      /CN=C in it cannot be used: .*2\.5\.29\.30/u,
    ],
  ])('%s', async (_what, entries, words) => {
    const certificates = await entries();
    await expect(authoritiesOf(...certificates)).rejects.toThrow(words);
  });

  test('when it is not there', () => {
    expect(() => readCertificateAuthorities(join(folder, 'nowhere.pem'))).toThrow(
      /nowhere\.pem, which cannot be read \(ENOENT\)/u,
    );
  });
});
