import { html, type Html } from './html.js';

/** Each sample application has a colour of its own, so that nobody takes one for the other, or for Gatehouse. */
export type Look = 'orders' | 'wiki' | 'board' | 'api' | 'tv';

export interface Page {
  look: Look;
  /** Name of the application. */
  application: string;
  title: string;
  content: Html;
  /** Paths of scripts under `/assets`. */
  scripts?: string[];
  /** After how many seconds the page loads itself anew. */
  refreshSeconds?: number;
}

/** The frame around every page of the sample applications. */
export function page({ look, application, title, content, scripts = [], refreshSeconds }: Page): string {
  return html`<!doctype html>
    <html lang="en" data-look="${look}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        ${refreshSeconds !== undefined && html`<meta http-equiv="refresh" content="${refreshSeconds}" />`}
        <title>${title} · ${application}</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href="/assets/demo.css" />
        ${scripts.map((script) => html`<script type="module" src="/assets/${script}"></script>`)}
      </head>
      <body>
        <header>
          <a class="brand" href="/"><span class="mark" aria-hidden="true"></span>${application}</a>
          <span class="badge">sample application</span>
        </header>
        <main>${content}</main>
        <footer>A sample that comes with Gatehouse. Nothing here is real.</footer>
      </body>
    </html>`.text;
}

export function notFoundPage(look: Look, application: string): string {
  return page({
    look,
    application,
    title: 'Not found',
    content: html`
      <h1>Not found</h1>
      <p>There is no page at this address.</p>
      <p><a class="button" href="/">Start page</a></p>
    `,
  });
}

/** Names and values, one row each. */
export function factList(
  facts: readonly (readonly [name: string, value: string | Html | undefined])[],
): Html {
  const rows = facts.filter(([, value]) => value !== undefined);
  return html`<dl>
    ${rows.map(
      ([name, value]) =>
        html`<div>
          <dt>${name}</dt>
          <dd>${value}</dd>
        </div>`,
    )}
  </dl>`;
}
