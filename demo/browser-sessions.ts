import { randomBytes } from 'node:crypto';
import type { Context } from 'koa';
import type { LogoutNotice } from './logout-token.js';

/** What the web app remembers between sending a browser to Gatehouse and its return. */
export interface Attempt {
  codeVerifier: string;
  nonce: string;
}

export interface SignIn {
  sub: string;
  /** Gatehouse's name for the session, by which it reports its end. */
  sid?: string;
  since: Date;
  idToken: string;
  accessToken: string;
  accessTokenExpiresIn?: number;
  refreshToken?: string;
  scope: string;
  userInfo: Record<string, unknown>;
}

export interface BrowserSession {
  /** By `state`: somebody may start to sign in in two tabs. */
  attempts: Map<string, Attempt>;
  signIn?: SignIn;
  /** What to tell the person on the next page. */
  notice?: string;
}

export interface BrowserSessions {
  /** The session of the browser that asks; a new one when it has none. */
  of(ctx: Context): BrowserSession;
  /** Gives the session a new id, so that an id planted before the sign-in is worth nothing after it. */
  renew(ctx: Context): void;
  /** Ends the sign-ins that the notice is about, leaves them a word, and returns how many there were. */
  end(notice: LogoutNotice, word: string): number;
}

const MOST = 1000;
const MOST_ATTEMPTS = 5;

/**
 * Sessions in memory, found by a cookie. Cookies of one host are shared by all of its ports, so `cookie` must differ
 * from application to application.
 */
export function createBrowserSessions(cookie: string): BrowserSessions {
  const sessions = new Map<string, BrowserSession>();

  function keep(ctx: Context, session: BrowserSession): void {
    const id = randomBytes(32).toString('base64url');
    sessions.set(id, session);
    for (const [oldest] of sessions) {
      if (sessions.size <= MOST) break;
      sessions.delete(oldest);
    }
    // No `secure`: the demo speaks http, on the loopback interface. A real application says `secure: true`.
    ctx.cookies.set(cookie, id, {
      httpOnly: true,
      sameSite: 'lax',
      path: '/',
      signed: false,
      overwrite: true,
    });
  }

  return {
    of(ctx) {
      const id = ctx.cookies.get(cookie, { signed: false });
      const known = id === undefined ? undefined : sessions.get(id);
      if (known) return known;
      const session: BrowserSession = { attempts: new Map() };
      keep(ctx, session);
      return session;
    },
    renew(ctx) {
      const id = ctx.cookies.get(cookie, { signed: false });
      const session = id === undefined ? undefined : sessions.get(id);
      if (id === undefined || !session) return;
      sessions.delete(id);
      keep(ctx, session);
    },
    end({ sub, sid }, word) {
      let ended = 0;
      for (const session of sessions.values()) {
        const { signIn } = session;
        if (!signIn || (sid !== undefined && signIn.sid !== sid) || (sub !== undefined && signIn.sub !== sub))
          continue;
        delete session.signIn;
        session.notice = word;
        ended += 1;
      }
      return ended;
    },
  };
}

/** Remembers an attempt and forgets the oldest of too many. */
export function rememberAttempt(session: BrowserSession, state: string, attempt: Attempt): void {
  session.attempts.set(state, attempt);
  for (const [oldest] of session.attempts) {
    if (session.attempts.size <= MOST_ATTEMPTS) break;
    session.attempts.delete(oldest);
  }
}

/** Takes an attempt out: an answer is good once. */
export function takeAttempt(session: BrowserSession, state: string): Attempt | undefined {
  const attempt = session.attempts.get(state);
  session.attempts.delete(state);
  return attempt;
}
