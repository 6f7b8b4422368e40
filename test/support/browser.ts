/**
 * A browser without a screen or scripts: it keeps cookies as RFC 6265 says, follows redirects, and fills in forms. The
 * flow tests use it as a person would use a real one.
 */
export interface Page {
  url: string;
  status: number;
  headers: Headers;
  html: string;
}

export interface Browser {
  /** Opens an address and follows redirects, up to one that leads to `stopAt` (an app's address), which is not fetched. */
  open(url: string, options?: { stopAt?: string; headers?: Record<string, string> }): Promise<Page>;
  /** Submits the page's form that posts to an address ending in `action`, with its hidden fields and these. */
  submit(
    page: Page,
    action: string,
    fields?: Record<string, string>,
    options?: { stopAt?: string },
  ): Promise<Page>;
  /** One request, nothing followed. */
  request(url: string, init?: RequestInit): Promise<Page>;
  cookies(): { name: string; value: string; path: string }[];
  setCookie(name: string, value: string): void;
  forget(name?: string): void;
}

interface Cookie {
  name: string;
  value: string;
  host: string;
  path: string;
}

const unescape = (text: string) =>
  text
    .replaceAll('&#39;', "'")
    .replaceAll('&#x27;', "'")
    .replaceAll('&#34;', '"')
    .replaceAll('&quot;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');

const attribute = (tag: string, name: string): string | undefined => {
  const match = new RegExp(`\\s${name}="([^"]*)"`, 'u').exec(tag);
  return match?.[1] === undefined ? undefined : unescape(match[1]);
};

/** The fields that a form sends by itself. */
export function formFields(html: string, action: string): { action: string; fields: Record<string, string> } {
  for (const [form] of html.matchAll(/<form[\s\S]*?<\/form>/gu)) {
    const target = attribute(form, 'action');
    const alternatives = [...form.matchAll(/<button[^>]*>/gu)].map(([button]) =>
      attribute(button, 'formaction'),
    );
    const found = [target, ...alternatives].find((address) => address?.endsWith(action));
    if (found === undefined) continue;
    const fields: Record<string, string> = {};
    for (const [input] of form.matchAll(/<input[^>]*>/gu)) {
      const name = attribute(input, 'name');
      if (name !== undefined) fields[name] = attribute(input, 'value') ?? '';
    }
    return { action: found, fields };
  }
  throw new Error(`no form posts to …${action} on this page:\n${html.slice(0, 2000)}`);
}

/** `send`: what its requests are sent with, where the server's certificate is from nobody that all know. */
export function createBrowser(send: typeof fetch = fetch): Browser {
  let jar: Cookie[] = [];

  const keep = (url: URL, header: string) => {
    const [pair = '', ...attributes] = header.split(';').map((part) => part.trim());
    const at = pair.indexOf('=');
    const [name, value] = [pair.slice(0, at), pair.slice(at + 1)];
    const option = (wanted: string) =>
      attributes.find((part) => part.toLowerCase().startsWith(`${wanted}=`))?.slice(wanted.length + 1);
    const path = option('path') ?? '/';
    jar = jar.filter(
      (cookie) => !(cookie.name === name && cookie.path === path && cookie.host === url.hostname),
    );
    const expires = option('expires');
    if (value !== '' && (expires === undefined || new Date(expires).getTime() > Date.now())) {
      jar.push({ name, value, host: url.hostname, path });
    }
  };

  const matches = (cookie: Cookie, { hostname, pathname }: URL) =>
    cookie.host === hostname &&
    (cookie.path === '/' ||
      pathname === cookie.path ||
      pathname.startsWith(`${cookie.path.replace(/\/$/u, '')}/`));

  const request: Browser['request'] = async (address, init = {}) => {
    const url = new URL(address);
    const headers = new Headers(init.headers);
    const cookies = jar.filter((cookie) => matches(cookie, url)).map(({ name, value }) => `${name}=${value}`);
    if (cookies.length > 0) headers.set('cookie', cookies.join('; '));
    if (!headers.has('accept')) headers.set('accept', 'text/html,application/xhtml+xml;q=0.9');
    const response = await send(url, { ...init, headers, redirect: 'manual' });
    for (const header of response.headers.getSetCookie()) keep(url, header);
    return { url: url.href, status: response.status, headers: response.headers, html: await response.text() };
  };

  const follow = async (page: Page, stopAt: string | undefined): Promise<Page> => {
    for (let hops = 0; hops < 20; hops += 1) {
      const location = page.headers.get('location');
      if (page.status < 300 || page.status >= 400 || location === null) return page;
      const next = new URL(location, page.url).href;
      if (stopAt !== undefined && next.startsWith(stopAt)) return { ...page, url: next };
      page = await request(next);
    }
    throw new Error('redirects without end');
  };

  return {
    request,
    async open(url, options = {}) {
      return follow(await request(url, options.headers ? { headers: options.headers } : {}), options.stopAt);
    },
    async submit(page, action, fields = {}, options = {}) {
      const form = formFields(page.html, action);
      const target = new URL(form.action, page.url);
      const body = new URLSearchParams({ ...form.fields, ...fields });
      const headers = { origin: target.origin, 'sec-fetch-site': 'same-origin' };
      return follow(await request(target.href, { method: 'POST', body, headers }), options.stopAt);
    },
    cookies: () => jar.map(({ name, value, path }) => ({ name, value, path })),
    setCookie(name, value) {
      for (const cookie of jar) if (cookie.name === name) cookie.value = value;
    },
    forget(name) {
      jar = name === undefined ? [] : jar.filter((cookie) => cookie.name !== name);
    },
  };
}
