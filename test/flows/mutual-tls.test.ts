import { expect, test } from '@jest/globals';
import { certificateJwks, createCertificate, type Certificate } from '../support/certificates.js';
import { mutualTlsFlow, type MutualTls } from '../support/mutual-tls.js';

type Answer = { status: number; body: Record<string, unknown> };

/** A form post of a program that shows this certificate. */
async function post(
  { as, base }: MutualTls,
  path: string,
  form: Record<string, string>,
  certificate?: Certificate,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const answer = await as(certificate)(`${base}${path}`, {
    method: 'POST',
    body: new URLSearchParams(form),
    headers: { accept: 'application/json', ...headers },
  });
  const text = await answer.text();
  return { status: answer.status, body: text === '' ? {} : (JSON.parse(text) as Answer['body']) };
}

mutualTlsFlow('Authentication of clients by certificate (RFC 8705)', (given) => {
  test('tls_client_auth: a client gets its token by a certificate of the authority', async () => {
    const { instance, authority } = given();
    const certificate = await authority.issue({ name: 'report', within: { C: 'DE', O: 'Acme, Inc.' } });
    const { id } = await instance.addClient({
      kind: 'service',
      authMethod: 'tls_client_auth',
      metadata: { tls_client_auth_subject_dn: 'CN=report,O=Acme\\, Inc.,C=DE' },
    });
    const form = { grant_type: 'client_credentials', client_id: id };
    expect(await post(given(), '/token', form, certificate)).toMatchObject({
      status: 200,
      body: { access_token: expect.any(String), token_type: 'Bearer' },
    });
  });

  test('self_signed_tls_client_auth: by the certificate that it registered', async () => {
    const certificate = await createCertificate({ name: 'report' });
    const { id } = await given().instance.addClient({
      kind: 'service',
      authMethod: 'self_signed_tls_client_auth',
      metadata: { jwks: certificateJwks(certificate) },
    });
    const form = { grant_type: 'client_credentials', client_id: id };
    expect(await post(given(), '/token', form, certificate)).toMatchObject({ status: 200 });
  });
});
