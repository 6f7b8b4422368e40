import type { StatementIssuerSource } from './config-kinds.js';

export interface Config {
  readonly production: boolean;
  /** The issuer identifier: every URL that leaves the server starts with it. No trailing slash; may have a path. */
  readonly issuer: string;
  readonly listen: {
    readonly host: string;
    readonly port: number;
    /** PEM files; undefined: plain http. */
    readonly tls?: { readonly certificateFile: string; readonly keyFile: string };
  };
  readonly store: { readonly url: string };
  readonly keys: {
    /** Holds `master.key` when no master key is given. */
    readonly directory: string;
    /** 32 bytes. */
    readonly masterKey?: Uint8Array;
  };
  /** Addresses and networks (CIDR) of reverse proxies whose forwarded headers count; empty: nobody's do. */
  readonly trustedProxies: readonly string[];
  /** RFC 8705: how certificates of clients reach Gatehouse; undefined: not at all. */
  readonly mutualTls?: MutualTls;
  readonly log: { readonly level: LogLevel; readonly format: 'json' | 'pretty' };
  readonly brand: Brand;
  /** Language of pages and messages when neither the request nor the browser asks for one we have. */
  readonly defaultLanguage: 'en' | 'de';
  readonly protocol: {
    /** `conformance`: everything that the official suite wants is on, and its user and clients are there. */
    readonly profile: 'default' | 'conformance';
    /** Origin of the suite that the profile `conformance` is for. */
    readonly suiteUrl: string;
    /** What clients may be given; all else is unknown to the server. */
    readonly responseTypes: readonly string[];
    /** RFC 9126: no client may send its authorization request through the browser. */
    readonly requirePushedRequests: boolean;
    /** OpenID Connect CIBA. */
    readonly ciba: boolean;
    /** RFC 8705: what a certificate may prove a client by; `all`: also that an authority of ours issued it. */
    readonly clientCertificates: 'none' | 'self_signed' | 'all';
  };
  /** Clients that register themselves (RFC 7591). */
  readonly registration: {
    /** `open`: whoever reaches the server may; `token`: who holds an initial access token. */
    readonly mode: 'off' | 'open' | 'token';
    /** Resource indicators (RFC 8707) of services that they may ask tokens for. */
    readonly resources: readonly string[];
    /** Whose software statements count, and where their public keys are: an https URL or a file. */
    readonly statementIssuers: readonly StatementIssuerSource[];
    /** Tries of one network address within the window of `throttle` while it is open; undefined: any number. */
    readonly perAddress?: number;
    /** For how long one that gets no token is kept, in seconds. */
    readonly unusedLifetime: number;
  };
  /** Apps that describe themselves, by a document whose address is their client id. */
  readonly clientDocuments: {
    /** Where such documents may lie (`host` or `host:port`); empty: nowhere. */
    readonly hosts: readonly string[];
    /** Services that those apps may ask tokens for. */
    readonly resources: readonly string[];
  };
  /** Lives, in seconds. */
  readonly lifetimes: {
    readonly accessToken: number;
    readonly idToken: number;
    readonly refreshToken: number;
    /** Time to finish signing in. */
    readonly interaction: number;
    /** Time to finish signing in a device that shows a code. */
    readonly deviceCode: number;
    /** Time to answer what a client asks by CIBA. */
    readonly cibaRequest: number;
    readonly sessionIdle: number;
    readonly sessionAbsolute: number;
    /** For how long a refresh token that was just rotated is accepted once more from a parallel request; 0: never. */
    readonly refreshGrace: number;
    /** How far clocks may be apart. */
    readonly clockTolerance: number;
  };
  readonly passwords: {
    readonly minimumLength: number;
    /** argon2id: memory in KiB, passes, lanes. */
    readonly memory: number;
    readonly passes: number;
    readonly lanes: number;
    /** Threads that hash, and how many sign-ins may wait for them before the next is refused with 503. */
    readonly workers: number;
    readonly queue: number;
  };
  /** Failed sign-ins before the next must wait for the window to end. */
  readonly throttle: {
    readonly perAccount: number;
    readonly perAddress: number;
    readonly windowSeconds: number;
  };
  /** Where notices to people are posted, and what signs them; undefined: nowhere. */
  readonly noticeWebhook?: { readonly url: string; readonly secret: Uint8Array };
  /** Hosts (`host` or `host:port`) that outbound requests may reach although their address is private. */
  readonly outboundAllowed: readonly string[];
  /** How long a stopping server waits for requests in flight, in seconds. */
  readonly shutdownSeconds: number;
}

export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';

export interface Brand {
  readonly name: string;
  /** https or data: URL of an image; undefined: the built-in mark. */
  readonly logoUrl?: string;
  /** CSS colours of buttons and links, in light and in dark. */
  readonly accent: { readonly light: string; readonly dark: string };
  readonly links: {
    readonly imprint?: string;
    readonly privacy?: string;
    readonly terms?: string;
    readonly support?: string;
  };
}

export interface MutualTls {
  /** Where a proxy that ends TLS passes the certificate on; undefined: Gatehouse asks for it itself. */
  readonly header?: { readonly name: string; readonly format: 'pem' | 'rfc9440' | 'xfcc' };
  /** A port of its own for connections with certificates. */
  readonly port?: number;
  /** Where such clients come (RFC 8705 5), and where alone certificates count; undefined: where everybody comes. */
  readonly origin?: string;
  /** PEM file of the authorities that issue certificates to clients. */
  readonly authoritiesFile?: string;
}
