/**
 * npm run bench:keys: what a key costs a prediction. One server with keys that lets anybody predict, asked with a key
 * and without one in turns, so that nothing else differs. Writes its part of bench/RESULTS.md.
 *   --quick  short runs, rough figures, and RESULTS.md is left alone
 */
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createKey } from '../src/access/api-key.ts';
import { changeKeyFile } from '../src/access/key-file.ts';
import { makeBodies } from './bodies.ts';
import { load, type Load } from './load.ts';
import { median } from './machine.ts';
import { startGlimpse, type Running } from './processes.ts';
import { origin, table, writePart } from './results.ts';

const { values: flags } = parseArgs({ options: { quick: { type: 'boolean', default: false } } });
const [rounds, seconds] = flags.quick ? [3, 0.5] : [21, 1];
/** So many keys lie in the file: a service has more than one caller. */
const keyCount = 50;

/** The same request with one more header. */
function withHeader(request: Buffer, header: string): Buffer {
  const end = request.indexOf('\r\n\r\n');
  const head = request.subarray(0, end);
  return Buffer.concat([head, Buffer.from(`\r\n${header}`, 'latin1'), request.subarray(end)]);
}

type Figure = 'perSecond' | 'p50Ms' | 'cpuMs';

async function compare(
  server: Running,
  plain: Buffer,
  keyed: Buffer,
  connections: number,
): Promise<Record<Figure, number>> {
  const pairs: [without: Load, withKey: Load][] = [];
  await load(server, keyed, connections, seconds);
  await load(server, plain, connections, seconds);
  for (let round = 0; round < rounds; round += 1) {
    // Whoever goes first changes every time: a machine that warms up or tires favours nobody.
    const order = round % 2 === 0 ? [plain, keyed] : [keyed, plain];
    const loads: Load[] = [];
    for (const request of order) loads.push(await load(server, request, connections, seconds));
    const [first, second] = loads as [Load, Load];
    if (first.refused + second.refused > 0) throw new Error('a request was refused');
    pairs.push(order[0] === plain ? [first, second] : [second, first]);
  }
  const ratio = (figure: Figure): number =>
    median(pairs.map(([without, withKey]) => withKey[figure] / without[figure]));
  return { perSecond: ratio('perSecond'), p50Ms: ratio('p50Ms'), cpuMs: ratio('cpuMs') };
}

execFileSync('npm', ['run', '--silent', 'build'], { stdio: 'inherit' });
const folder = await mkdtemp(join(tmpdir(), 'glimpse-bench-keys-'));
const file = join(folder, 'keys.json');
const keys = Array.from({ length: keyCount }, (_, index) =>
  createKey({ name: `caller ${index}`, scopes: ['predict'], models: ['digits'] }, new Date()),
);
await changeKeyFile(file, () => keys.map(({ stored }) => stored));
const server = await startGlimpse({ GLIMPSE_KEYS_FILE: file, GLIMPSE_OPEN_PREDICT: '1' });
const rows = [['body', 'connections', 'requests/s', 'p50', 'CPU/request']];
try {
  for (const { name, request } of (await makeBodies()).filter(({ images }) => images === 1)) {
    if (name.startsWith('JPEG')) continue;
    const keyed = withHeader(request, `x-api-key: ${keys.at(-1)!.text}`);
    for (const connections of [1, 32]) {
      const { perSecond, p50Ms, cpuMs } = await compare(server, request, keyed, connections);
      const ratios = [perSecond, p50Ms, cpuMs].map((ratio) => ratio.toFixed(3));
      rows.push([name, String(connections), ...ratios]);
      console.error(`  ${name}, ${connections} connections: ${ratios.join(', ')}`);
    }
  }
} finally {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
}
const text = [
  origin('npm run bench:keys'),
  `With a key over without one: the median of ${rounds} pairs of ${seconds} s each, one server with ${keyCount} keys in its file that lets anybody predict.`,
  table(rows),
].join('\n\n');
console.log(text);
if (!flags.quick) await writePart('Serving', 'What a key costs', text);
