export interface WebAppSettings {
  name: string;
  look: 'orders' | 'wiki';
  /** What it would be for, in a sentence. */
  purpose: string;
  /** Where it runs: an origin, without a slash at the end. */
  url: string;
  issuer: string;
  clientId: string;
  clientSecret: string;
  /** How it proves who it is at the token endpoint (RFC 6749 section 2.3.1). */
  authMethod: 'client_secret_basic' | 'client_secret_post';
  /** Scopes it asks for, separated by spaces. */
  scope: string;
}
