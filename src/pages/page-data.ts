/** What each page is given: plain data, already decided upon; the pages only put it into words and HTML. */

/**
 * A client as people see it. Everything in it is written by the client's developers, so it is hostile input: names are
 * cleaned and shortened, and URLs other than http(s) are neither linked nor loaded.
 */
export interface ClientView {
  name: string;
  logoUrl?: string;
  policyUrl?: string;
  termsUrl?: string;
  /** Its home page. */
  url?: string;
  /** Where it lives, as a bare host: shown beside the name, because a name can be copied. */
  host?: string;
  /** False: nobody here knows it; it describes itself at `host`, which is all that is certain about it. */
  isRegistered?: false;
  /** It was added by nobody here: all that is said of it, it says itself. */
  registeredItself?: true;
  /** True: no app, but the pages here on which people look after their account. */
  isAccount?: true;
}

export interface AccountView {
  name: string;
  login: string;
}

export type SignInProblem =
  | { code: 'wrong_credentials' }
  | { code: 'missing_fields' }
  | { code: 'throttled' | 'overloaded'; seconds: number };

export type UserCodeProblem =
  | { code: 'missing' | 'unknown' | 'expired' | 'used' | 'stale_form' }
  | { code: 'throttled'; seconds: number };

/** What an app asks to be allowed. */
export interface AccessView {
  /** The scopes of OpenID Connect get words of the catalogue; others their description, or else their name. */
  scopes: { name: string; description?: string }[];
  /** Claims asked for one by one (OpenID Connect Core 5.5). */
  claims: string[];
  services: {
    name: string;
    host: string;
    scopes: { name: string; description?: string }[];
    /** Authorization details (RFC 9396): what one allows, and the values that the app gave. */
    details?: { description: string; fields: { label: string; values: string[] }[] }[];
  }[];
  offlineAccess: boolean;
}

/** `code` picks the words (`firstAdministrator.fault.<field>.<code>`); one without words of its own gets the field's general ones. */
export interface FirstAdministratorFault {
  field: 'login' | 'password' | 'name';
  code: string;
}

export interface PageData {
  'interaction/sign-in': {
    client: ClientView;
    action: string;
    cancelAction: string;
    csrf: string;
    /** Filled in beforehand: `login_hint`, or what the failed try had. */
    login?: string;
    problem?: SignInProblem;
    /** Set when somebody is signed in and has to prove it anew (`prompt=login`, `max_age`). */
    reauthenticate?: { account: string };
  };
  'interaction/consent': {
    client: ClientView;
    action: string;
    cancelAction: string;
    switchAccountAction: string;
    csrf: string;
    account: AccountView;
    /** Host (or scheme, of a native app) that the browser goes to from here; undefined: the person goes back to a device. */
    redirectHost?: string;
    firstTime: boolean;
  } & AccessView;
  /** Where the code that a device shows is typed in (RFC 8628 3.3). */
  'device/code': { action: string; xsrf: string; code?: string; problem?: UserCodeProblem };
  'device/confirm': {
    client: ClientView;
    action: string;
    xsrf: string;
    code: string;
    /** Where the device's request came from; what it calls itself is hostile input. */
    device: { address: string; sameNetwork: boolean; userAgent: string; secondsAgo: number };
  } & AccessView;
  'device/done': { client: ClientView };
  'device/refused': { client?: ClientView };
  /** What apps ask of a person elsewhere (OpenID Connect CIBA), and a page for each. */
  'account/requests': {
    account: AccountView;
    requests: { client: ClientView; bindingMessage?: string; url: string; secondsAgo: number }[];
  };
  'account/request': {
    client: ClientView;
    account: AccountView;
    approveAction: string;
    denyAction: string;
    csrf: string;
    bindingMessage?: string;
    /** Where the app's request came from. */
    address: string;
    secondsAgo: number;
    secondsLeft: number;
  } & AccessView;
  'account/request-over': {
    client: ClientView;
    state: 'approved' | 'denied' | 'expired';
    listUrl: string;
  };
  'interaction/sign-out': { action: string; xsrf: string; client?: ClientView; account?: AccountView };
  /** With `client`: that app's access alone was ended, the session here goes on. */
  'interaction/signed-out': { stillSignedIn: boolean; client?: ClientView; returnUrl?: string };
  /** Posts `fields` to `action` by itself, or at the press of a button where no script runs. */
  'interaction/continue': { action: string; fields: Record<string, string> };
  error: {
    /** An AppErrorCode or an OAuth error code. */
    code: string;
    /** The protocol library's own text, shown small. */
    description?: string;
    /** What the log has this under. */
    reference: string;
    status: number;
    retryAfterSeconds?: number;
    client?: ClientView;
    restartUrl?: string;
    /** The same page again: where a little patience is all that it takes. */
    retryUrl?: string;
    /** Our own front page, for those who came by a wrong address. */
    homeUrl?: string;
  };
  'first-administrator': {
    action: string;
    csrf: string;
    values: { login?: string; name?: string };
    faults: FirstAdministratorFault[];
    minimumLength: number;
  };
  'first-administrator-done': Record<never, never>;
  /** What stands at the issuer's own address. */
  'front-page': Record<never, never>;
}

export type PageName = keyof PageData;
