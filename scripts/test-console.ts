/**
 * `npm run test:console`: the console in a real Chromium, before the built server, in both themes and on a phone. Every flow is gone through, axe looks at
 * every page, nothing may be written to the browser's console, and screenshots lie in .glimpse/console for whoever looks.
 * `-- --no-lighthouse` leaves Lighthouse out; `-- searched canary` goes through the flows with such a word in their names, and no more, but for
 * --looks. It is skipped, and says so, where there is no Chromium (GLIMPSE_CHROMIUM, or on the path).
 */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium, type Browser } from 'playwright-core';
import { packageRoot } from '../src/package.ts';
import { compileWhenStale } from './compile.mjs';
import { findChromium } from './console/find-chromium.ts';
import { flows } from './console/flows/all.ts';
import { listenTo } from './console/listen-to.ts';
import { looks, photograph } from './console/photograph.ts';
import { scoresOf } from './console/lighthouse.ts';
import { withServedBundle } from './console/served-bundle.ts';
import { chosenBy } from './foreign/chosen.ts';
import { MissingTool } from './foreign/run.ts';

const shots = join(packageRoot, '.glimpse', 'console');
const words = process.argv.slice(2).filter((word) => !word.startsWith('--'));
const chosen = chosenBy(words, flows, ({ name }) => name);

/** A camera that shows a moving pattern, and may be used without asking. */
const browserArgs = [
  '--no-sandbox',
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
];

const executable = findChromium();
if (executable === undefined) {
  console.log('SKIPPED: there is no Chromium here (GLIMPSE_CHROMIUM, or chromium on the path).');
} else {
  compileWhenStale();
  await rm(shots, { recursive: true, force: true });
  await mkdir(shots, { recursive: true });
  await withServedBundle((url) => tryOut(url, executable));
}

async function tryOut(url: string, executablePath: string): Promise<void> {
  const browser = await chromium.launch({ executablePath, args: browserArgs });
  try {
    await goThrough(browser, url);
    if (words.length > 0 && !process.argv.includes('--looks')) return;
    for (const look of looks) await photograph(browser, url, { look, shots });
  } finally {
    await browser.close();
  }
  if (words.length > 0 || process.argv.includes('--no-lighthouse')) return;
  try {
    console.log('Lighthouse', await scoresOf(url, executablePath));
  } catch (error) {
    if (!(error instanceof MissingTool)) throw error;
    console.log(`SKIPPED: Lighthouse: ${error.message}`);
  }
}

async function goThrough(browser: Browser, url: string): Promise<void> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  const said = listenTo(page, url);
  await page.goto(url, { waitUntil: 'networkidle' });
  for (const flow of chosen) {
    const started = performance.now();
    try {
      await flow.run(page, url);
    } catch (error) {
      await page.screenshot({ path: join(shots, 'failed.png'), fullPage: true });
      throw new Error(`${flow.name}: failed (${shots}/failed.png)`, { cause: error });
    }
    console.log(`✓ ${flow.name} (${((performance.now() - started) / 1000).toFixed(1)} s)`);
  }
  if (said.length > 0) throw new Error(`the browser says:\n${said.join('\n')}`);
  await page.close();
}
