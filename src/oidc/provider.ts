import { randomBytes } from 'node:crypto';
import Provider, { type KoaContextWithOIDC } from 'oidc-provider';
import { matchesLiveSecret } from '../domain/client-secrets.js';
import { pinOrigin } from '../http/pin-host.js';
import { requestScope } from '../http/request-scope.js';
import type { SessionRecord } from '../store/sessions.js';
import { introspectJwts } from './access-tokens/introspect-jwt.js';
import { createIntrospectionPolicy } from './access-tokens/resources.js';
import { omitEmptyDetailsTypes } from './authorization/authorization-details.js';
import { refuseDeepRequestObjects } from './authorization/deep-request-objects.js';
import { acceptRequestUris, publishRequestUris } from './authorization/request-uris.js';
import { startOverWithoutSession } from './authorization/start-over.js';
import { completeCiba, denyUserCodes } from './ciba/ciba.js';
import { pingOnce } from './ciba/ping.js';
import { createClientDocuments, withClientDocuments } from './client-documents.js';
import { settingsOf } from './client-metadata.js';
import { createConfiguration } from './configuration.js';
import { completeDeviceFlow } from './device/device-flow.js';
import { limitUserCodes } from './device/user-code-limits.js';
import { cacheMetadata } from './discovery/cache-metadata.js';
import { publishKeys } from './discovery/publish-keys.js';
import { nameUnauthorizedClients } from './error-codes.js';
import { logEvents } from './events.js';
import { registerJwtBearer } from './grant-types/jwt-bearer.js';
import { registerTokenExchange } from './grant-types/token-exchange.js';
import { echoInteractionId } from './interaction-id.js';
import { replaceAutoSubmitPage } from './logout/logout-pages.js';
import { asCalled, describeMutualTls } from './mutual-tls/mutual-tls-endpoints.js';
import { createDocumentReader } from './outbound/outbound-document.js';
import { createOutboundFetch } from './outbound/outbound.js';
import type { ProviderDeps } from './provider-deps.js';
import { noteUse } from './registration/note-use.js';
import { registration } from './registration/registration.js';
import { slowDownPolls } from './slow-down-polls.js';
import { clientRecord } from './storage/client-adapter.js';
import { createPollPace } from './storage/poll-pace.js';
import { keyOf } from './storage/record-key.js';
import { inLibraryTerms } from './storage/store-errors.js';

/** Builds the OpenID Provider. It holds no state of its own, so that another one can take its place at any time. */
export function createProvider(given: ProviderDeps): Provider {
  const { config, clock } = given;
  const read = createDocumentReader(createOutboundFetch(config.outboundAllowed));
  const documents = createClientDocuments({
    ...config.clientDocuments,
    limits: config.protocol,
    read,
    clock,
  });
  const ports = Object.entries(given.store).map(([name, port]) => [name, inLibraryTerms(port as object)]);
  const store = Object.fromEntries(ports) as ProviderDeps['store'];
  const deps: ProviderDeps = {
    ...given,
    store: { ...store, clients: withClientDocuments(store.clients, documents) },
    users: inLibraryTerms(given.users),
  };
  const provider = new Provider(given.config.issuer, createConfiguration(deps));
  pinOrigin(provider, new URL(given.config.issuer));
  pinUrls(provider, given.config);
  compareSecretsByHash(provider, deps);
  rememberReplays(provider, deps);
  renewSessionsAtSignIn(provider);
  acceptRequestUris(provider, read);
  refuseDeepRequestObjects(provider);
  const pace = createPollPace(deps.store.artifacts, deps.clock);
  slowDownPolls(provider, pace);
  pingOnce(provider, pace);
  limitUserCodes(provider, deps);
  registerTokenExchange(provider, deps);
  registerJwtBearer(provider, deps, read);
  logEvents(provider);
  provider.use(async (ctx, next) => {
    await next();
    if (ctx.status === 503) ctx.set('Retry-After', '2');
  });
  provider.use(startOverWithoutSession(`${given.config.issuer}/auth`));
  provider.use(echoInteractionId);
  provider.use(noteUse(provider, { ...given, clients: given.store.clients }));
  provider.use(cacheMetadata);
  provider.use(omitEmptyDetailsTypes);
  provider.use(describeMutualTls(given.config));
  provider.use(publishRequestUris);
  provider.use(denyUserCodes);
  provider.use(publishKeys(given.keys.publishedJwks));
  provider.use(nameUnauthorizedClients);
  provider.use(
    introspectJwts({
      issuer: given.config.issuer,
      keys: given.keys,
      // Runs outside the library's error handling, so it speaks our terms.
      users: given.users,
      isClient: async (id) =>
        documents.covers(id) || (await clientRecord(given.store.clients, id)) !== undefined,
      artifacts: given.store.artifacts,
      allowedPolicy: createIntrospectionPolicy(given.store.services),
      clockTolerance: given.config.lifetimes.clockTolerance,
    }),
  );
  if (given.config.registration.mode !== 'off') provider.use(registration(provider, given));
  provider.use(replaceAutoSubmitPage(given.presenter));
  provider.use(completeCiba);
  provider.use(completeDeviceFlow(given.presenter, new URL(given.config.issuer)));
  return provider;
}

/**
 * URLs are made from the issuer; the library would make them from the request's Host header. The endpoint
 * that is being called is known by its alias for mutual TLS, where it was called by that.
 */
function pinUrls(provider: Provider, config: ProviderDeps['config']): void {
  type Context = { ctx: KoaContextWithOIDC; route: string };
  const { prototype } = provider.OIDCContext as unknown as {
    prototype: { urlFor(this: Context, name: string, options?: object): string };
  };
  prototype.urlFor = function (name, options) {
    const url = (provider as unknown as { urlFor(n: string, o?: object): string }).urlFor(name, options);
    return name === this.route ? asCalled(config, this.ctx, url) : url;
  };
}

/** Secrets are stored as hashes, two may be live at a time, and a client may be held to one way of sending them. */
function compareSecretsByHash(provider: Provider, deps: ProviderDeps): void {
  provider.Client.prototype.compareClientSecret = async function (
    this: InstanceType<Provider['Client']>,
    actual: string,
  ) {
    const record = await clientRecord(deps.store.clients, this.clientId);
    if (!record) return false;
    const ctx = Provider.ctx as KoaContextWithOIDC | undefined;
    const method = ctx?.get('Authorization') ? 'client_secret_basic' : 'client_secret_post';
    if (settingsOf(this).auth_method_pinned === true && method !== this.clientAuthMethod) {
      requestScope()?.log.info(
        { client_id: this.clientId, method, pinned: this.clientAuthMethod },
        'client authentication refused',
      );
      return false;
    }
    return matchesLiveSecret(record.secrets, actual, deps.clock());
  } as typeof provider.Client.prototype.compareClientSecret;
}

/** The library looks first and writes then; here it is one step, so that a proof is accepted once. */
function rememberReplays(provider: Provider, deps: ProviderDeps): void {
  const model = provider.ReplayDetection as unknown as {
    unique(issuer: string, jti: string, exp: number): Promise<boolean>;
  };
  model.unique = (issuer, jti, exp) =>
    deps.store.replays.remember(keyOf('ReplayDetection', `${issuer}\0${jti}`), exp * 1000);
}

/**
 * A session that gets a new identifier stays the same record under a new key; the library would remove the old one and
 * write a new one, and a logout in between would be lost. It gets one where somebody signs in, so that an identifier from
 * before is worth nothing (OWASP ASVS 7.2.4). The library renews it at every consent, too, and the browser's other tabs,
 * whose answers carry the cookie that they were asked with, would sign the person out.
 */
function renewSessionsAtSignIn(provider: Provider): void {
  type Renewable = { uid: string; id: string; accountId?: string; loginTs?: number; touched: boolean };
  const prototype = provider.Session.prototype as unknown as { resetIdentifier(this: Renewable): void };
  prototype.resetIdentifier = function () {
    const before = requestScope()?.reads.get(`session/${this.uid}`) as SessionRecord | undefined;
    if (before?.accountId === this.accountId && before?.payload['loginTs'] === this.loginTs) return;
    this.id = randomBytes(32).toString('base64url');
    this.touched = true;
  };
}
