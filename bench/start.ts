/**
 * npm run bench:start: how soon a server is ready and how much it holds at rest, beside a plain Fastify server with the same
 * model, in turns. Writes its section of bench/RESULTS.md.
 *   --node PATH  the Node to run the servers with, as often as wanted (the one that runs this)
 *   --runs N     starts of each (7)
 *   --quick      three runs, and RESULTS.md is left alone
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { cpuSeconds, median } from './machine.ts';
import { treePssMiB } from './peers/process-tree.ts';
import { freePort, serverEnvironment } from './processes.ts';
import { origin, table, writeSection } from './results.ts';

const root = join(import.meta.dirname, '..');
const { values: flags } = parseArgs({
  options: {
    node: { type: 'string', multiple: true, default: [process.execPath] },
    runs: { type: 'string', default: '7' },
    quick: { type: 'boolean' },
  },
});
const runs = flags.quick ? 3 : Number(flags.runs);
/** When memory is looked at, counted from readiness. */
const restMs = 3_000;
/** How often a server is asked: often enough for the figure, seldom enough to leave it the processor. */
const askEveryMs = 5;

interface Start {
  readonly liveMs: number;
  readonly readyMs: number;
  readonly cpuMs: number;
  readonly pssMiB: number;
}

/** A server that is started over and over. `folder` is its own, and stays from start to start. */
interface Started {
  readonly title: string;
  readonly program: readonly string[];
  readonly readyPath: string;
  /** Begins with nothing kept of an earlier start. */
  readonly isFresh?: boolean;
}

const servers: readonly Started[] = [
  { title: 'Glimpse', program: ['dist/main.js'], readyPath: '/readyz' },
  { title: 'Glimpse, first start', program: ['dist/main.js'], readyPath: '/readyz', isFresh: true },
  // Answers only when its model is open: any answer means ready.
  { title: 'Fastify', program: ['bench/peers/fastify/serve.mjs'], readyPath: '/' },
];

/** The status of an answer; undefined while nobody answers. A connection of its own each time, as a probe has. */
function statusOf(port: number, path: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    const request = get({ host: '127.0.0.1', port, path, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    request.on('error', () => resolve(undefined));
  });
}

async function start(node: string, server: Started, folder: string): Promise<Start> {
  if (server.isFresh) await rm(join(folder, 'data'), { recursive: true, force: true });
  const port = await freePort();
  const model = join(folder, 'models', 'digits', '1', 'model.onnx');
  const isOurs = server.readyPath === '/readyz';
  const began = performance.now();
  const child = spawn(node, [...server.program, ...(isOurs ? [] : [model, String(port)])], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: serverEnvironment(folder, port),
  });
  let liveMs = 0;
  for (;;) {
    if (child.exitCode !== null) throw new Error(`${server.title} ended with ${child.exitCode}`);
    const status = await statusOf(port, server.readyPath);
    if (status !== undefined && liveMs === 0) liveMs = performance.now() - began;
    if (status === 200 || (status !== undefined && !isOurs)) break;
    await sleep(askEveryMs);
  }
  const readyMs = performance.now() - began;
  const cpuMs = cpuSeconds(child.pid!) * 1000;
  await sleep(restMs);
  const pssMiB = treePssMiB(child.pid!);
  child.kill('SIGTERM');
  await once(child, 'exit');
  return { liveMs, readyMs, cpuMs, pssMiB };
}

/** The servers in turns, each as often; the first round, which fills caches, is not counted. */
async function measure(node: string, folder: string): Promise<string[][]> {
  const version = execFileSync(node, ['--version'], { encoding: 'utf8' }).trim();
  const found = new Map<Started, Start[]>(servers.map((server) => [server, []]));
  for (let round = 0; round <= runs; round++) {
    for (const server of servers) {
      const measured = await start(node, server, join(folder, server.title));
      if (round > 0) found.get(server)!.push(measured);
    }
    console.error(`  ${version}: round ${round} of ${runs}`);
  }
  return servers.map((server) => {
    const middle = (figure: keyof Start): string =>
      median(found.get(server)!.map((one) => one[figure])).toFixed(0);
    const figures = (['liveMs', 'readyMs', 'cpuMs', 'pssMiB'] as const).map(middle);
    return [`Node ${version}`, server.title, ...figures];
  });
}

execFileSync('npm', ['run', '--silent', 'build'], { cwd: root, stdio: 'inherit' });
const folder = await mkdtemp(join(tmpdir(), 'glimpse-start-'));
const rows: string[][] = [];
try {
  for (const { title } of servers) {
    await cp(join(root, 'models'), join(folder, title, 'models'), { recursive: true });
  }
  for (const node of flags.node) rows.push(...(await measure(node, folder)));
} finally {
  await rm(folder, { recursive: true, force: true });
}
const heads = ['', 'server', 'first answer ms', 'ready ms', 'CPU ms', 'PSS MiB at rest'];
const body = [
  origin('npm run bench:start'),
  `From the start of the process to the first answer of any kind and to the first 200 of /readyz (of the plain server: to its first answer, its model open), processor time of all threads until then, and the memory of the whole process tree ${restMs / 1000} s later; middle of ${runs} starts, in turns. A first start has nothing kept of an earlier one and measures its model.`,
  table([heads, ...rows], 2),
].join('\n\n');
console.log(body);
if (!flags.quick) await writeSection('Start', body);
