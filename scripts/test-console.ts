/**
 * `npm run test:console`: the console in a real Chromium, before the built server, in both themes and on a phone. Every flow is gone through, axe looks at
 * every page, nothing may be written to the browser's console, and screenshots lie in .glimpse/console for whoever looks.
 * `-- --no-lighthouse` leaves Lighthouse out. It is skipped, and says so, where there is no Chromium (GLIMPSE_CHROMIUM, or on the path).
 */
import { createRequire } from 'node:module';
import { accessSync, constants } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { packageRoot } from '../src/package.ts';
import { compileWhenStale } from './compile.mjs';
import { flows } from './console/flows.ts';
import { scoresOf } from './console/lighthouse.ts';
import { withServedBundle } from './console/served-bundle.ts';
import { MissingTool } from './foreign/run.ts';

const shots = join(packageRoot, '.glimpse', 'console');
const pages = [
  'try',
  'models',
  'models/digits',
  'models/digits/versions/1',
  'models/digits/compare/1/2',
  'train',
  'review',
  'live',
];
const looks = [
  { name: 'light', colorScheme: 'light', viewport: { width: 1280, height: 900 } },
  { name: 'dark', colorScheme: 'dark', viewport: { width: 1280, height: 900 } },
  { name: 'phone', colorScheme: 'dark', viewport: { width: 375, height: 812 } },
] as const;

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
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  try {
    await goThrough(browser, url);
    for (const look of looks) await photograph(browser, url, look);
  } finally {
    await browser.close();
  }
  if (process.argv.includes('--no-lighthouse')) return;
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
  for (const flow of flows) {
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

/** What the browser complains about, and whatever it asks of anybody but the server. */
function listenTo(page: Page, url: string): string[] {
  const said: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) said.push(message.text());
  });
  page.on('pageerror', (error) => said.push(String(error)));
  page.on('request', (request) => {
    const address = request.url();
    if (!address.startsWith(url) && !/^(?:blob|data):/.test(address)) said.push(`asks ${address}`);
  });
  return said;
}

async function photograph(
  browser: Browser,
  url: string,
  look: (typeof looks)[number],
): Promise<void> {
  const { name, ...options } = look;
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const said = listenTo(page, url);
  for (const path of pages) {
    await page.goto(`${url}/console/#/${path}`, { waitUntil: 'load' });
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.waitForTimeout(path === 'live' ? 5000 : 1500);
    await page.screenshot({
      path: join(shots, `${path.replaceAll('/', '-')}-${name}.png`),
      fullPage: true,
    });
    await checkAccessibility(page, `${path} (${name})`);
    const isWide = await page.evaluate<boolean>(
      'document.documentElement.scrollWidth > innerWidth',
    );
    if (isWide) throw new Error(`${path} (${name}) is wider than the screen`);
  }
  if (said.length > 0) throw new Error(`the browser says:\n${said.join('\n')}`);
  console.log(`✓ every page, ${name}: axe finds nothing serious, nothing is cut off`);
  await context.close();
}

async function checkAccessibility(page: Page, what: string): Promise<void> {
  // By the debugger, which the page's own policy does not hold back.
  await page.evaluate(await axe());
  const found: readonly {
    impact: string;
    id: string;
    nodes: { target: unknown; failureSummary: string }[];
  }[] = await page.evaluate('axe.run().then(({ violations }) => violations)');
  const serious = found.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  if (serious.length === 0) return;
  const lines = serious.map(({ id, nodes }) => `${id}: ${JSON.stringify(nodes[0])}`);
  throw new Error(`axe finds on ${what}:\n${lines.join('\n')}`);
}

async function axe(): Promise<string> {
  return readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
}

function findChromium(): string | undefined {
  const named = process.env['GLIMPSE_CHROMIUM'];
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const places = folders.flatMap((folder) =>
    ['chromium', 'chromium-browser', 'google-chrome'].map((name) => join(folder, name)),
  );
  return (named ? [named] : places).find((place) => {
    try {
      accessSync(place, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
