import { errors } from 'oidc-provider';

/** RFC 6585 4, in the words of RFC 6749 4.1.2.1. */
export class TooManyRequests extends errors.CustomOIDCProviderError {
  constructor(description: string) {
    super('temporarily_unavailable', description);
    this.status = 429;
    this.statusCode = 429;
    this.expose = true;
  }
}
