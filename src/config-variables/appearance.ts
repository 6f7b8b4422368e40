import * as is from '../config-kinds.js';
import type { Table } from './variable.js';

export const appearance = {
  BRAND_NAME: {
    about: 'The name on every page.',
    kind: is.text(60),
    default: 'Gatehouse',
    example: 'Example Ltd',
  },
  BRAND_LOGO_URL: {
    about: 'The logo on every page.',
    kind: is.image,
    otherwise: 'the built-in mark',
    example: 'https://www.example.com/logo.svg',
  },
  BRAND_ACCENT_LIGHT: {
    about: 'The colour of buttons and links in light mode.',
    kind: is.colour,
    default: '17594a',
    example: '0a6b4f',
  },
  BRAND_ACCENT_DARK: {
    about: 'The colour of buttons and links in dark mode.',
    kind: is.colour,
    default: '7fc8b4',
    example: '7fd6b5',
  },
  BRAND_IMPRINT_URL: {
    about: 'The imprint.',
    kind: is.link,
    otherwise: 'no link',
    example: 'https://www.example.com/imprint',
  },
  BRAND_PRIVACY_URL: {
    about: 'The privacy policy.',
    kind: is.link,
    otherwise: 'no link',
    example: 'https://www.example.com/privacy',
  },
  BRAND_TERMS_URL: {
    about: 'The terms of service.',
    kind: is.link,
    otherwise: 'no link',
    example: 'https://www.example.com/terms',
  },
  BRAND_SUPPORT_URL: {
    about: 'Where people find help.',
    kind: is.link,
    otherwise: 'no link',
    example: 'mailto:help@example.com',
  },
  DEFAULT_LANGUAGE: {
    about: 'The language when neither the app nor the browser asks for one that Gatehouse speaks.',
    kind: is.choice('en', 'de'),
    default: 'en',
    example: 'de',
  },
} satisfies Table;
