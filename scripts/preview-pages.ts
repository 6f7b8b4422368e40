/**
 * Writes every page in every state to test-results/pages as HTML, and, with a browser on the machine, as pictures at
 * 320, 768 and 1280 pixels in light and dark. To look at: `npx tsx scripts/preview-pages.ts [name-part] [en|de]`.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LANGUAGES } from '../src/pages/language.js';
import {
  chromiumPath,
  openBrowser,
  openSample,
  renderSample,
  serveLogos,
  serveSamples,
} from '../test/pages/browser.js';
import { samples } from '../test/pages/samples.js';

const [part = '', wanted] = process.argv.slice(2);
const directory = join('test-results', 'pages');
const chosen = samples.filter(({ name }) => name.includes(part));
const languages = LANGUAGES.filter((language) => !wanted || language === wanted);

await mkdir(directory, { recursive: true });
for (const language of languages) {
  for (const sample of chosen) {
    await writeFile(join(directory, `${sample.name}.${language}.html`), renderSample(sample, language));
  }
}

if (chromiumPath) {
  const site = await serveSamples();
  const browser = await openBrowser();
  for (const colorScheme of ['light', 'dark'] as const) {
    const context = await browser.newContext({ colorScheme });
    await serveLogos(context);
    const page = await context.newPage();
    for (const [width, height] of [
      [320, 640],
      [768, 1024],
      [1280, 800],
    ] as const) {
      await page.setViewportSize({ width, height });
      for (const language of languages) {
        for (const { name } of chosen) {
          await openSample(page, `${site.origin}/${language}/${name}`);
          const path = join(directory, `${name}.${language}.${width}.${colorScheme}.png`);
          await page.screenshot({ path, fullPage: true });
        }
      }
    }
    await context.close();
  }
  await browser.close();
  await site.close();
}
console.log(`${chosen.length} pages in ${languages.length} languages: ${directory}`);
