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
      ctx.body = pages.html(page, data, { language, nonce: (ctx.state as { nonce: string }).nonce });
    },
  };
}
