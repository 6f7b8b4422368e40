import { createBrowser } from '../support/browser.js';
import { REDIRECT_URI, signIn } from '../support/relying-party.js';

export const SIGNED_OUT_URI = 'http://localhost:9/signed-out';

/** A person with a browser, who does what the pages ask for: signs in, allows, lets a device in, signs out. */
export function person(user: { login: string }, redirectUri = REDIRECT_URI) {
  const browser = createBrowser();
  return async (url: string): Promise<string> => {
    let page = await browser.open(url, { stopAt: redirectUri });
    if (page.html.includes('/session/end/confirm"')) {
      page = await browser.submit(
        page,
        '/session/end/confirm',
        { logout: 'yes' },
        { stopAt: SIGNED_OUT_URI },
      );
      return page.url;
    }
    if (page.html.includes('name="user_code"')) {
      page = await browser.submit(page, '/device');
      page = await browser.submit(page, '/device', { confirm: 'yes' });
    }
    if (page.html.includes('/sign-in"')) page = await signIn(browser, page, user, redirectUri);
    return page.url;
  };
}

/** A person who says no on the sign-in page. */
export async function refuse(url: string): Promise<string> {
  const browser = createBrowser();
  const page = await browser.open(url);
  return (await browser.submit(page, '/cancel', {}, { stopAt: REDIRECT_URI })).url;
}
