/** What a person is told outside of a page that they look at. */
export interface Notice {
  kind: 'request_to_answer';
  /** Whom it is for. */
  user: { id: string; email?: string; username?: string };
  /** Who asks. Written by the client's developers: not to be trusted for more than it says. */
  client: { id: string; name: string };
  /** The client's words that the person compares with what they see elsewhere. */
  bindingMessage?: string;
  /** Where the person answers; worth nothing to anybody else. */
  url: string;
  /** In milliseconds. */
  expiresAt: number;
}

/** Reaches people. A notice that does not arrive is logged and lost: what it is about stands on a page, too. */
export interface Notices {
  /** Never rejects. */
  send(notice: Notice): Promise<void>;
}
