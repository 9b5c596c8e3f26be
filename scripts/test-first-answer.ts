/**
 * `npm run test:first-answer`: how long it takes from nothing to a drawn seven that is answered in the console. Clones this repository, does `npm ci` and `npm start` in the
 * clone with a cache of npm that is empty (`-- --cache` takes that of this user), opens the console in Chromium and draws. It fails where that takes more than a minute, or the
 * answer is another one. It is skipped, and says so, where there is no Chromium.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { packageRoot } from '../src/package.ts';
import { findChromium } from './console/find-chromium.ts';
import { draw, seven } from './console/flows/flow.ts';
import { run } from './foreign/run.ts';
import { startServer, stop, untilAnswered } from './foreign/readme.ts';
import { freePort } from './foreign/server.ts';

const mostSeconds = 60;

const executablePath = findChromium();
if (executablePath === undefined) {
  console.log('SKIPPED: there is no Chromium here (GLIMPSE_CHROMIUM, or chromium on the path).');
} else {
  const home = await mkdtemp(join(tmpdir(), 'glimpse-first-answer-'));
  try {
    await firstAnswer(home, executablePath);
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

async function firstAnswer(home: string, browserPath: string): Promise<void> {
  const folder = join(home, 'glimpse');
  const npm = process.argv.includes('--cache') ? {} : { npm_config_cache: join(home, 'cache') };
  const began = performance.now();
  const told = (what: string): number => {
    const seconds = (performance.now() - began) / 1000;
    console.log(`${what}: ${seconds.toFixed(1)} s`);
    return seconds;
  };
  await run('git', ['clone', '--quiet', '--depth', '1', `file://${packageRoot}`, folder]);
  told('cloned');
  await run('npm', ['ci', '--no-audit', '--no-fund'], { cwd: folder, env: npm });
  told('installed');
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const own = { GLIMPSE_HOST: '127.0.0.1', GLIMPSE_PORT: String(port) };
  const server = startServer('npm start', folder, { ...npm, ...own, GLIMPSE_LOG_LEVEL: 'error' });
  try {
    await untilAnswered(`${url}/livez`, server);
    told('started');
    const answer = await drawSeven(url, browserPath);
    const seconds = told(`a drawn seven is answered with ${answer}`);
    if (answer !== '7') throw new Error(`A seven was answered with ${answer}.`);
    if (seconds > mostSeconds) throw new Error(`That took more than ${mostSeconds} s.`);
  } finally {
    await stop(server);
  }
}

async function drawSeven(url: string, browserPath: string): Promise<string> {
  const browser = await chromium.launch({ executablePath: browserPath, args: ['--no-sandbox'] });
  try {
    const page = await browser.newPage();
    await page.goto(url);
    await draw(page, seven);
    await page.locator('.said .class').waitFor();
    return await page.locator('.said .class').innerText();
  } finally {
    await browser.close();
  }
}
