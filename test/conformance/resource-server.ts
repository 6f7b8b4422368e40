/**
 * The sample API of the demo, on https, as the protected resource of those plans of the suite in which nobody is
 * identified. A process of its own, since it must trust the certificate of its issuer.
 *
 *     API_SECRET=… tsx resource-server.ts ISSUER PORT FOLDER_OF_CERTIFICATES
 */
import { createServer } from 'node:https';
import { join } from 'node:path';
import { createApi } from '../../demo/api.js';
import { checkByIntrospection } from '../../demo/token-checks.js';
import { suiteService } from '../../src/conformance/parties.js';
import { readTls } from '../../src/http/tls.js';

const [issuer = '', port = '', certificates = ''] = process.argv.slice(2);
const { resource, name, scopes = [] } = suiteService;
const api = createApi({
  name,
  url: `https://127.0.0.1:${port}`,
  resource,
  checks: 'by introspection',
  checkToken: checkByIntrospection({
    issuer,
    resource,
    clientId: 'conformance-api',
    clientSecret: process.env['API_SECRET'] ?? '',
  }),
  allowedOrigins: [],
  collection: { path: '/items', scope: scopes[0]!.name, items: [] },
});
const tls = readTls({
  certificateFile: join(certificates, 'cert.pem'),
  keyFile: join(certificates, 'key.pem'),
});
const answer = api.callback();
createServer(tls, (request, response) => void answer(request, response)).listen(
  Number(port),
  '127.0.0.1',
  () => console.log('ready'),
);
