/**
 * npm run bench:batch: how fast a batch prediction is and what memory it takes, from a folder of images and from the same
 * images as lines of JSON, beside a server that is sent them by POST /predict. Draws the images in a temporary folder,
 * runs the built programs, and prints a table. Linux only: it reads /proc.
 *   --images N    how many (10000)
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { compileWhenStale } from '../scripts/compile.mjs';
import { mapConcurrently } from '../src/concurrency.ts';
import { createRandom } from '../src/random.ts';
import { cpuSeconds } from './machine.ts';
import { startGlimpse } from './processes.ts';
import { origin, table } from './results.ts';

const { values: flags } = parseArgs({ options: { images: { type: 'string', default: '10000' } } });
const count = Number(flags.images);
const root = join(import.meta.dirname, '..');
/** What a server takes in one request by default. */
const IMAGES_IN_REQUEST = 32;
const REQUESTS_AT_ONCE = 4;
const [SIDE, DIGIT] = [96, 64];

/** Digits at different places on noisy paper, so that no two images are alike. */
async function drawImages(folder: string): Promise<string[]> {
  const golden = join(root, 'samples', 'golden');
  const names = (await readdir(golden)).filter((name) => name.endsWith('.png')).sort();
  const digits = await Promise.all(
    names
      .map((name) =>
        sharp(join(golden, name)).flatten({ background: '#fff' }).greyscale().resize(DIGIT, DIGIT),
      )
      .map((image) => image.raw().toBuffer()),
  );
  const random = createRandom(1);
  const plans = Array.from({ length: count }, (_, index) => {
    const pixels = Buffer.from(Array.from({ length: SIDE * SIDE }, () => 235 + random.integer(20)));
    const [left, top] = [random.integer(SIDE - DIGIT), random.integer(SIDE - DIGIT)];
    const digit = digits[index % digits.length]!;
    for (let at = 0; at < digit.length; at += 1) {
      const place = (top + Math.floor(at / DIGIT)) * SIDE + left + (at % DIGIT);
      pixels[place] = Math.min(pixels[place]!, digit[at]!);
    }
    return { name: join(folder, `${String(index).padStart(6, '0')}.png`), pixels };
  });
  const raw = { raw: { width: SIDE, height: SIDE, channels: 1 as const } };
  return mapConcurrently(plans, 4, async ({ name, pixels }) => {
    const png = await sharp(pixels, raw).png().toBuffer();
    await writeFile(name, png);
    return png.toString('base64');
  });
}

/** Watches a process until it is told to stop: its largest resident memory, and its processor time. */
function watch(pid: number) {
  let [peakMB, seconds] = [0, 0];
  const look = (): void => {
    try {
      const status = readFileSync(`/proc/${pid}/status`, 'utf8');
      // A process that has ended, and was not waited for yet, has no memory any more.
      const peak = /VmHWM:\s+(\d+)/.exec(status)?.[1];
      if (peak === undefined) return;
      peakMB = (Number(peak) * 1024) / 1e6;
      seconds = Math.max(seconds, cpuSeconds(pid));
    } catch {
      // It has ended.
    }
  };
  const timer = setInterval(look, 50);
  return () => {
    clearInterval(timer);
    look();
    return { peakMB, seconds };
  };
}

interface Figures {
  readonly what: string;
  readonly seconds: number;
  readonly peakMB: number;
  readonly cpu: number;
}

async function batch(what: string, input: string, out: string): Promise<Figures> {
  const startedAt = performance.now();
  const words = [join(root, 'dist', 'cli.js'), 'predict', input, '--out', out, '--json'];
  const child = spawn(process.execPath, words, { cwd: root, stdio: ['ignore', 'pipe', 'ignore'] });
  const stop = watch(child.pid!);
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (piece: string) => (text += piece));
  const [code] = (await once(child, 'close')) as [number];
  const seconds = (performance.now() - startedAt) / 1000;
  const { predicted } = JSON.parse(text) as { predicted: { rows: number; errors: number } };
  if (code !== 0 || predicted.rows !== count || predicted.errors > 0) throw new Error(text);
  const { peakMB, seconds: cpu } = stop();
  return { what, seconds, peakMB, cpu };
}

async function served(images: readonly string[]): Promise<Figures> {
  const server = await startGlimpse();
  const stop = watch(server.pid);
  const before = cpuSeconds(server.pid);
  try {
    const bodies: string[] = [];
    for (let from = 0; from < count; from += IMAGES_IN_REQUEST) {
      const some = images.slice(from, from + IMAGES_IN_REQUEST).map((b64) => ({ b64 }));
      bodies.push(JSON.stringify({ instances: some }));
    }
    const startedAt = performance.now();
    await mapConcurrently(bodies, REQUESTS_AT_ONCE, async (body) => {
      const headers = { 'content-type': 'application/json' };
      const url = `http://127.0.0.1:${server.port}/predict`;
      const answer = await fetch(url, { method: 'POST', headers, body });
      if (!answer.ok) throw new Error(await answer.text());
      await answer.arrayBuffer();
    });
    const seconds = (performance.now() - startedAt) / 1000;
    const { peakMB, seconds: cpu } = stop();
    const what = `POST /predict, ${IMAGES_IN_REQUEST} images a request, ${REQUESTS_AT_ONCE} at a time`;
    return { what, seconds, peakMB, cpu: cpu - before };
  } finally {
    await server.stop();
  }
}

compileWhenStale();
const folder = await mkdtemp(join(tmpdir(), 'glimpse-batch-'));
try {
  await mkdir(join(folder, 'images'));
  const images = await drawImages(join(folder, 'images'));
  const lines = images.map((b64) => `${JSON.stringify({ b64 })}\n`).join('');
  await writeFile(join(folder, 'images.ndjson'), lines);
  const rows = [
    await batch('a folder', join(folder, 'images'), join(folder, 'out-1')),
    await batch('lines of JSON', join(folder, 'images.ndjson'), join(folder, 'out-2')),
    await served(images),
  ].map(({ what, seconds, peakMB, cpu }) => [
    what,
    (count / seconds).toFixed(0),
    ((cpu / count) * 1000).toFixed(2),
    peakMB.toFixed(0),
  ]);
  const head = ['images from', 'images a second', 'processor ms an image', 'peak MB'];
  console.log(origin(['npm run bench:batch', ...process.argv.slice(2)].join(' ')));
  console.log(`\n${count} PNG images of ${SIDE}x${SIDE}, the shipped model.\n`);
  console.log(table([head, ...rows]));
} finally {
  await rm(folder, { recursive: true, force: true });
}
