import { expect, test } from '@jest/globals';
import { createBrowser } from '../support/browser.js';
import { flow } from '../support/flow.js';

flow('The address of Gatehouse itself', (gatehouse) => {
  const addresses = () => {
    const { issuer } = gatehouse();
    return [...new Set([issuer, `${issuer}/`, new URL('/', issuer).href])];
  };

  test('tells people what this is, and leads nowhere', async () => {
    for (const address of addresses()) {
      const page = await createBrowser().open(address);
      expect(page.status).toBe(200);
      expect(page.html).toContain('<h1>This is Gatehouse</h1>');
      expect(page.html).not.toMatch(/<form|<a /u);
    }
  });

  test('tells programs where to go on', async () => {
    const { issuer } = gatehouse();
    for (const address of addresses()) {
      const { issuer: told, openid_configuration } = (await (await fetch(address)).json()) as Record<
        string,
        string
      >;
      expect(told).toBe(issuer);
      expect(await (await fetch(openid_configuration!)).json()).toMatchObject({ issuer });
    }
  });

  test('has the icon that browsers ask for beside it', async () => {
    const icon = await fetch(new URL('/favicon.ico', gatehouse().issuer));
    expect(icon.status).toBe(200);
    expect(icon.headers.get('content-type')).toBe('image/svg+xml');
    expect(await icon.text()).toContain('<svg');
  });

  test('is what a request under a wrong host name is led to', async () => {
    const { issuer } = gatehouse();
    const { port } = new URL(issuer);
    const page = await fetch(`http://127.0.0.1:${port}/`, { headers: { accept: 'text/html' } });
    expect(page.status).toBe(421);
    expect(await page.text()).toContain(`href="${issuer}"`);
  });
});
