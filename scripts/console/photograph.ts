import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { listenTo } from './listen-to.ts';
import { viewsOf } from './views.ts';

/** How the console is looked at. */
export const looks = [
  { name: 'light', colorScheme: 'light', viewport: { width: 1280, height: 900 } },
  { name: 'dark', colorScheme: 'dark', viewport: { width: 1280, height: 900 } },
  { name: 'phone', colorScheme: 'dark', viewport: { width: 375, height: 812 } },
] as const;

export interface PhotographOptions {
  readonly look: (typeof looks)[number];
  /** The folder of the screenshots. */
  readonly shots: string;
}

/** A screenshot of every view, after axe has looked at it; nothing of it may be wider than the screen. */
export async function photograph(
  browser: Browser,
  url: string,
  { look, shots }: PhotographOptions,
): Promise<void> {
  const { name: lookName, ...options } = look;
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const said = listenTo(page, url);
  for (const { name, path, prepare } of await viewsOf(url)) {
    await page.goto(`${url}/console/#/${path}`, { waitUntil: 'load' });
    await page.getByRole('heading', { level: 1 }).waitFor();
    await prepare?.(page);
    await page.waitForTimeout(1500);
    await page.screenshot({ path: join(shots, `${name}-${lookName}.png`), fullPage: true });
    await checkAccessibility(page, `${name} (${lookName})`);
    const isWide = await page.evaluate<boolean>(
      'document.documentElement.scrollWidth > innerWidth',
    );
    if (isWide) throw new Error(`${name} (${lookName}) is wider than the screen`);
  }
  if (said.length > 0) throw new Error(`the browser says:\n${said.join('\n')}`);
  console.log(`✓ every view, ${lookName}: axe finds nothing serious, nothing is cut off`);
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
