/** One frozen, typed object made from the environment at start; nothing else in Gatehouse reads the environment. */

export interface Config {
  readonly production: boolean;
  /** The issuer identifier: every URL that leaves the server starts with it. No trailing slash; may have a path. */
  readonly issuer: string;
  readonly listen: { readonly host: string; readonly port: number };
  readonly store: { readonly url: string };
  readonly keys: {
    /** Holds `master.key` when no master key is given. */
    readonly directory: string;
    /** 32 bytes. */
    readonly masterKey?: Uint8Array;
  };
  /** Addresses and networks (CIDR) of reverse proxies whose forwarded headers count; empty: nobody's do. */
  readonly trustedProxies: readonly string[];
  readonly log: { readonly level: LogLevel; readonly format: 'json' | 'pretty' };
  readonly brand: Brand;
  /** Language of pages and messages when neither the request nor the browser asks for one we have. */
  readonly defaultLanguage: 'en' | 'de';
  /** Lives, in seconds. */
  readonly lifetimes: {
    readonly accessToken: number;
    readonly idToken: number;
    readonly refreshToken: number;
    /** Time to finish signing in. */
    readonly interaction: number;
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
