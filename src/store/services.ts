/** An API that tokens are for. */
export interface ServiceRecord {
  /** Its resource indicator (RFC 8707) and the `aud` of its tokens: an absolute URI without fragment. */
  resource: string;
  name: string;
  /** By name of the scope, what it allows, in words for the consent page. */
  scopes: { name: string; description: string }[];
  /** `jwt`: checked by signature (RFC 9068); `opaque`: checked by introspection (RFC 7662). */
  tokenFormat: 'jwt' | 'opaque';
  /** Life of its access tokens in seconds; undefined: the server's. */
  tokenTtl?: number;
  /** JWS algorithm of its tokens; undefined: the server's. */
  tokenAlg?: string;
  /** Clients that may introspect its tokens. */
  introspectedBy: string[];
  /** Types of authorization details (RFC 9396) that may be asked for there; undefined: none. */
  detailsTypes?: DetailsType[];
  createdAt: number;
  updatedAt: number;
  /** Counts changes; `update` wants the one that was read. */
  version: number;
}

/** A `type` of authorization details: what it allows, and which members an object of it has besides. */
export interface DetailsType {
  type: string;
  /** What it allows, in words for the consent page. */
  description: string;
  fields: DetailsField[];
}

export interface DetailsField {
  name: string;
  /** Stands before the value on the consent page; undefined: the name does. */
  label?: string;
  /** `list`: of strings. */
  kind: 'string' | 'number' | 'list';
  required?: boolean;
  /** The only values that it, or each entry of a list, can have; undefined: any. */
  allowed?: (string | number)[];
}

export interface ServiceStore {
  create(service: ServiceRecord): Promise<'created' | 'duplicate'>;
  find(resource: string): Promise<ServiceRecord | undefined>;
  /** As for clients: replaces the record of this version and stores it with the version one higher. */
  update(service: ServiceRecord): Promise<'updated' | 'stale' | 'missing'>;
  remove(resource: string): Promise<boolean>;
  /** All of them, in order of resource: there are tens, not thousands. */
  list(): Promise<ServiceRecord[]>;
}
