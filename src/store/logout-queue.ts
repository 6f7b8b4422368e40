/** A back-channel logout (OpenID Connect Back-Channel Logout 2.5) that a client is still to be told of, or was. */
export interface LogoutDelivery {
  id: string;
  clientId: string;
  accountId: string;
  sid?: string;
  createdAt: number;
  /** When it is due; while a process holds it, when its lease ends. */
  dueAt: number;
  attempts: number;
  /** Present once it is over. */
  outcome?: 'delivered' | 'given-up';
  finishedAt?: number;
  lastError?: string;
  /** When the record is forgotten. */
  expiresAt: number;
}

export interface LogoutQueue {
  /** Queues those whose id is new. One that is known stays as it is, waiting or over: it may be told of once only. */
  add(deliveries: LogoutDelivery[]): Promise<void>;
  /**
   * Takes up to `limit` deliveries that are due, counts an attempt on each and leases them until now + leaseMs. No
   * two callers get the same one while its lease lasts.
   */
  claim(limit: number, leaseMs: number): Promise<LogoutDelivery[]>;
  /** It is over. */
  finish(id: string, outcome: 'delivered' | 'given-up', lastError?: string): Promise<void>;
  /** It failed and is due again at `dueAt`. */
  retry(id: string, dueAt: number, lastError: string): Promise<void>;
  /** Newest first. */
  list(options: { clientId?: string; accountId?: string; limit: number }): Promise<LogoutDelivery[]>;
}
