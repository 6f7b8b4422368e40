import Router from '@koa/router';
import type Koa from 'koa';
import { html } from './html.js';
import { notFoundPage, page } from './page.js';
import { createSampleApp } from './sample-server.js';

export interface SinglePageAppSettings {
  name: string;
  url: string;
  issuer: string;
  clientId: string;
  scope: string;
  /** `about`: what is special about it, for people. */
  apis: readonly { name: string; resource: string; endpoint: string; about?: string }[];
}

/**
 * Serves the single-page application: two pages without any state of ours, for `assets/board.js` does everything in
 * the browser.
 */
export function createSinglePageApp(settings: SinglePageAppSettings): Koa {
  const { name, url, issuer, apis } = settings;
  const router = new Router();

  router.get(['/', '/callback'], (ctx) => {
    ctx.type = 'html';
    ctx.body = page({
      look: 'board',
      application: name,
      title: 'Board',
      scripts: ['board.js'],
      content: html`
        <h1>${name}</h1>
        <noscript
          ><p class="notice">
            This one runs in the browser and needs JavaScript. The other two don't.
          </p></noscript
        >
        <div id="board" aria-live="polite"></div>
      `,
    });
  });

  router.get('/settings.json', (ctx) => {
    ctx.body = {
      name,
      issuer,
      clientId: settings.clientId,
      redirectUri: `${url}/callback`,
      postLogoutRedirectUri: `${url}/`,
      scope: settings.scope,
      apis,
    };
  });

  const connect = [issuer, ...apis.map((api) => api.endpoint)].map((address) => new URL(address).origin);
  const app = createSampleApp(url, { connect, notFound: notFoundPage('board', name) });
  app.use(router.routes());
  app.use(router.allowedMethods());
  return app;
}
