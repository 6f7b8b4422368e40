import { beforeAll, expect, test } from '@jest/globals';
import { certificateJwks } from '../../src/domain/certificate-jwks.js';
import { createCertificate, type Certificate } from '../support/certificates.js';
import { basic } from '../support/flow.js';
import { clientAuthority, mutualTlsFlow, type MutualTls } from '../support/mutual-tls.js';

const REFUSED = {
  status: 401,
  body: { error: 'invalid_client', error_description: 'client authentication failed' },
};
const ACCEPTED = { status: 200, body: { access_token: expect.any(String), token_type: 'Bearer' } };

/** Everything that a name can be, in one certificate. */
const names = {
  name: 'report',
  within: { C: 'DE', O: 'Acme, Inc.' },
  hosts: ['report.example.com', '*.wild.example.com'],
  uris: ['urn:acme:report'],
  addresses: ['192.0.2.7', '2001:db8::7'],
  emails: ['Report@example.com'],
};
const SUBJECT = 'CN=report,O=Acme\\, Inc.,C=DE';

async function certificates() {
  const authority = await clientAuthority();
  const stranger = await createCertificate({ name: 'Client CA', authority: true });
  return {
    'its own': await authority.issue(names),
    'that of another client': await authority.issue({ ...names, name: 'orders' }),
    'one that has expired': await authority.issue({ ...names, days: -1 }),
    'one that is for servers': await authority.issue({ ...names, usage: 'serverAuth' }),
    'one that it signed itself': await createCertificate(names),
    'one by an authority of the same name': await stranger.issue(names),
    'one by another client': await (await authority.issue({ ...names, name: 'orders' })).issue(names),
  };
}
type Shown = Awaited<ReturnType<typeof certificates>>;

let shown: Shown;
beforeAll(async () => {
  shown = await certificates();
}, 60_000);

const service = async (
  { instance }: MutualTls,
  metadata: Record<string, string> = { tls_client_auth_subject_dn: SUBJECT },
) => {
  const client = { kind: 'service', authMethod: 'tls_client_auth', metadata } as const;
  const { id } = await instance.addClient(client);
  return { grant_type: 'client_credentials', client_id: id };
};

mutualTlsFlow('tls_client_auth (RFC 8705 2.1)', (given) => {
  test('a client gets its token by a certificate that the authority issued', async () => {
    expect(await given().post('/token', await service(given()), shown['its own'])).toMatchObject(ACCEPTED);
  });

  test.each<keyof Shown>([
    'that of another client',
    'one that has expired',
    'one that is for servers',
    'one that it signed itself',
    'one by an authority of the same name',
    'one by another client',
  ])('and none by %s', async (which) => {
    expect(await given().post('/token', await service(given()), shown[which])).toMatchObject(REFUSED);
  });

  test('nor without a certificate', async () => {
    expect(await given().post('/token', await service(given()))).toMatchObject(REFUSED);
  });

  test.each([
    ['subject_dn', SUBJECT],
    ['subject_dn', '2.5.4.3=report, o=Acme\\2C Inc., c=DE'],
    ['san_dns', 'REPORT.example.com'],
    ['san_uri', 'urn:acme:report'],
    ['san_ip', '192.0.2.7'],
    ['san_ip', '2001:DB8:0:0::0007'],
    ['san_email', 'Report@example.com'],
  ])('it is known by its %s %s', async (member, value) => {
    const form = await service(given(), { [`tls_client_auth_${member}`]: value });
    expect(await given().post('/token', form, shown['its own'])).toMatchObject(ACCEPTED);
  });

  test.each([
    ['subject_dn', 'CN=report'],
    ['subject_dn', 'C=DE,O=Acme\\, Inc.,CN=report'],
    ['subject_dn', 'CN=report,O=Acme,C=DE'],
    ['subject_dn', 'CN=report+O=Acme\\, Inc.,C=DE'],
    ['san_dns', 'report.example.co'],
    ['san_dns', 'orders.wild.example.com'],
    ['san_dns', 'report'],
    ['san_uri', 'urn:acme:reports'],
    ['san_uri', 'URN:acme:report'],
    ['san_ip', '192.0.2.70'],
    ['san_ip', '::ffff:192.0.2.7'],
    ['san_email', 'report@example.com'],
  ])('and not where its %s should be %s', async (member, value) => {
    const form = await service(given(), { [`tls_client_auth_${member}`]: value });
    expect(await given().post('/token', form, shown['its own'])).toMatchObject(REFUSED);
  });

  test('a secret beside the certificate is another way of authentication, and not its own', async () => {
    const form = await service(given());
    const inBody = await given().post('/token', { ...form, client_secret: 'x' }, shown['its own']);
    expect(inBody).toMatchObject(REFUSED);
    const header = basic({ id: form.client_id, secret: 'x' });
    expect(await given().post('/token', form, shown['its own'], header)).toMatchObject(REFUSED);
  });

  test('a client with a secret is not proved by a certificate, and with both by its secret', async () => {
    const { id, secret } = await given().instance.addClient({ kind: 'service' });
    const form = { grant_type: 'client_credentials', client_id: id };
    expect(await given().post('/token', form, shown['its own'])).toMatchObject(REFUSED);
    const both = await given().post('/token', { ...form, client_secret: secret }, shown['its own']);
    expect(both).toMatchObject(ACCEPTED);
  });

  test('the same proof works at the other endpoints of programs', async () => {
    const form = await service(given());
    const { body } = await given().post('/token', form, shown['its own']);
    const token = { client_id: form.client_id, token: String(body['access_token']) };
    expect(await given().post('/token/introspection', token, shown['its own'])).toMatchObject({
      status: 200,
      body: { active: true, client_id: form.client_id },
    });
    expect(await given().post('/token/revocation', token, shown['that of another client'])).toMatchObject(
      REFUSED,
    );
    expect(await given().post('/token/revocation', token, shown['its own'])).toMatchObject({ status: 200 });
    expect(await given().post('/token/introspection', token, shown['its own'])).toMatchObject({
      body: { active: false },
    });
  });

  test('the log says why, and the client is not told', async () => {
    const form = await service(given());
    await given().post('/token', form, shown['one that has expired']);
    const line = given().instance.logged.findLast((entry) => entry.includes(form.client_id));
    expect(JSON.parse(line!)).toMatchObject({
      event: 'grant.error',
      error: 'invalid_client',
      detail: 'the certificate has expired',
    });
  });
});

mutualTlsFlow('self_signed_tls_client_auth (RFC 8705 2.2)', (given) => {
  let mine: Certificate;
  let expired: Certificate;
  beforeAll(async () => {
    [mine, expired] = [await createCertificate(names), await createCertificate({ ...names, days: -1 })];
  }, 60_000);

  const registered = async (certificate: Certificate) => {
    const jwks = certificateJwks(certificate.cert);
    const client = {
      kind: 'service',
      authMethod: 'self_signed_tls_client_auth',
      metadata: { jwks },
    } as const;
    const { id } = await given().instance.addClient(client);
    return { grant_type: 'client_credentials', client_id: id };
  };

  test('a client gets its token by the certificate that it registered', async () => {
    expect(await given().post('/token', await registered(mine), mine)).toMatchObject(ACCEPTED);
  });

  test('and not by another, though the authority issued it, nor by none', async () => {
    const form = await registered(mine);
    expect(await given().post('/token', form, shown['one that it signed itself'])).toMatchObject(REFUSED);
    expect(await given().post('/token', form, shown['its own'])).toMatchObject(REFUSED);
    expect(await given().post('/token', form)).toMatchObject(REFUSED);
  });

  test('and not after the end of the certificate', async () => {
    expect(await given().post('/token', await registered(expired), expired)).toMatchObject(REFUSED);
  });
});
