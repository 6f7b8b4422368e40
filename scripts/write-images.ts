/** Takes the pictures that README.md shows, in both themes. With a browser on the machine: `npx tsx scripts/write-images.ts`. */
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { openBrowser, openSample, serveLogos, serveSamples } from '../test/pages/browser.js';

const directory = fileURLToPath(new URL('../docs/images/', import.meta.url));
await mkdir(directory, { recursive: true });

const site = await serveSamples();
const browser = await openBrowser();
for (const colorScheme of ['light', 'dark'] as const) {
  const context = await browser.newContext({ colorScheme, viewport: { width: 880, height: 640 } });
  await serveLogos(context);
  const page = await context.newPage();
  await openSample(page, `${site.origin}/en/sign-in`);
  const path = `${directory}sign-in${colorScheme === 'dark' ? '-dark' : ''}.png`;
  await page.screenshot({ path });
  console.log(path);
  await context.close();
}
await browser.close();
await site.close();
