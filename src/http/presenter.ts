import type { Context } from 'koa';
import { chooseLanguage, type Language } from '../pages/language.js';
import type { PageData, PageName } from '../pages/page-data.js';
import type { Pages } from '../pages/pages.js';

/** Puts a page into an answer, in the language that the person reads. */
export interface Presenter {
  show<P extends PageName>(ctx: Context, page: P, data: PageData[P], uiLocales?: string): void;
}

export function createPresenter(pages: Pages, fallback: Language): Presenter {
  return {
    show(ctx, page, data, uiLocales) {
      const asked = { acceptLanguage: ctx.get('Accept-Language'), fallback };
      const language = chooseLanguage(uiLocales === undefined ? asked : { ...asked, uiLocales });
      ctx.type = 'html';
      ctx.vary('Accept-Language');
      ctx.body = pages.html(page, withRetry(ctx, page, data), {
        language,
        nonce: (ctx.state as { nonce: string }).nonce,
      });
    },
  };
}

/** Where waiting is all that it takes, the page leads to itself; a form that was posted can't be sent by a link. */
function withRetry<P extends PageName>(ctx: Context, page: P, data: PageData[P]): PageData[P] {
  if (page !== 'error' || ctx.status !== 503 || ctx.method !== 'GET') return data;
  return { ...data, retryUrl: ctx.originalUrl };
}
