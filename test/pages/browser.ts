import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { chromium, type Browser } from 'playwright-core';
import { readAssets } from '../../src/pages/assets.js';
import { LANGUAGES, type Language } from '../../src/pages/language.js';
import { createPages } from '../../src/pages/pages.js';
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

export function renderSample({ page, data }: Sample, language: Language): string {
  const pages = createPages({ brand, defaultLanguage: 'en', assetsPath: '/assets' });
  return pages.html(page, data, { language, nonce });
}

/** Serves every sample at `/<language>/<name>` on a loopback port of its own, under the headers that pages really have. */
export async function serveSamples() {
  const assets = new Map([...readAssets().values()].map((asset) => [`/assets/${asset.name}`, asset]));
  const server = createServer((request, response) => {
    const url = request.url ?? '/';
    const asset = assets.get(url);
    if (asset) return response.setHeader('content-type', asset.type).end(asset.bytes);
    const [language, name] = url.slice(1).split('/');
    const sample = samples.find((candidate) => candidate.name === name);
    if (!sample || !LANGUAGES.includes(language as Language)) return response.writeHead(404).end();
    return response
      .writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy })
      .end(renderSample(sample, language as Language));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise<void>((resolve) => (server.closeAllConnections(), server.close(() => resolve()))),
  };
}
