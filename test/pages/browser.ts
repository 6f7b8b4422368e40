import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import type { Brand } from '../../src/config.js';
import { readAssets } from '../../src/pages/assets.js';
import type { Language } from '../../src/pages/language.js';
import { createPages, type Pages } from '../../src/pages/pages.js';
import { openServer } from '../support/open-server.js';
import { brand, samples, type Sample } from './samples.js';

const path = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium';

/** Undefined when there is no browser on this machine. */
export const chromiumPath = existsSync(path) ? path : undefined;

export function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: path,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

const nonce = 'bm9uY2U';
/** As strict as the server's own. */
const policy = `default-src 'none'; style-src 'self' 'nonce-${nonce}'; script-src 'nonce-${nonce}'; img-src 'self' https: data:; base-uri 'none'; frame-ancestors 'none'`;

export function renderSample(
  { page, data }: Sample,
  language: Language,
  pages = createSamplePages(),
): string {
  return pages.html(page, data, { language, nonce });
}

function createSamplePages(dressed: Brand = brand): Pages {
  return createPages({ brand: dressed, defaultLanguage: 'en', assetsPath: '/assets' });
}

/**
 * Serves every sample at `/<language>/<name>` on a loopback port of its own, under the headers that pages really have,
 * and keeps what is posted.
 */
export async function serveSamples(dressed?: Brand) {
  const pages = createSamplePages(dressed);
  const assets = new Map([...readAssets().values()].map((asset) => [`/assets/${asset.name}`, asset]));
  const posts: { path: string; fields: [string, string][] }[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? '/';
    if (request.method === 'POST') {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      return request.on('end', () => {
        posts.push({ path, fields: [...new URLSearchParams(Buffer.concat(chunks).toString())] });
        response.writeHead(204).end();
      });
    }
    const asset = assets.get(path);
    if (asset) return response.setHeader('content-type', asset.type).end(asset.bytes);
    const [language, name] = path.slice(1).split('/');
    const sample = samples.find((candidate) => candidate.name === name);
    if (!sample) return response.writeHead(404).end();
    return response
      .writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy })
      .end(renderSample(sample, language as Language, pages));
  });
  const { port, close } = await openServer(server);
  return {
    origin: `http://127.0.0.1:${port}`,
    posts,
    close,
  };
}

/** The page that posts by itself never finishes loading here, since its post leads nowhere. */
export async function openSample(page: Page, url: string): Promise<void> {
  await page.goto(url, { waitUntil: url.endsWith('/continue') ? 'commit' : 'load' });
  await page.waitForSelector('footer');
}

/** A logo for every https address that a page asks for: nothing leaves the machine. */
export async function serveLogos(context: BrowserContext): Promise<void> {
  await context.route(/^https:/, (route) => route.fulfill({ contentType: 'image/svg+xml', body: logo }));
}

const logo =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 72 72"><rect width="72" height="72" rx="16" fill="#4b3f92"/><g fill="#fff"><circle cx="36" cy="24" r="9"/><circle cx="24" cy="38" r="9" opacity=".8"/><circle cx="48" cy="38" r="9" opacity=".8"/><circle cx="36" cy="50" r="9" opacity=".6"/></g></svg>';
