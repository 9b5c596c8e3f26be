/**
 * npm run bench:costs: where a prediction's time goes, and how its cost grows with connections, size of images and
 * batches. Writes its two blocks of docs/performance.md; some two minutes on a quiet Linux machine.
 *   --only stages|growth   one of them
 *   --print                only prints
 */
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ask, requestBytes } from './load.ts';
import { median } from './machine.ts';
import { openGenerator, type Generator } from './peers/generate.ts';
import { glimpseTrusted } from './peers/glimpse-peers.ts';
import { startPeer, type Peer } from './peers/peer.ts';
import { readMainProfile, selfTimes } from './peers/profile.ts';
import { pngQuestion, jpegQuestion, jsonQuestion, type Question } from './peers/questions.ts';
import { short } from './peers/report.ts';
import { measureRounds } from './peers/rounds.ts';
import { closedLoop, jpeg, json, png, type Scene } from './peers/scenes.ts';
import { origin, table, writeBlock } from './results.ts';

const root = join(import.meta.dirname, '..');
const page = join(root, 'docs', 'performance.md');
const model = join(root, 'models', 'digits', '1', 'model.onnx');
const { values: flags } = parseArgs({
  options: { only: { type: 'string' }, print: { type: 'boolean', default: false } },
});
const say = (line: string): void => console.error(`  ${line}`);
const monotonicUs = (): number => Number(process.hrtime.bigint() / 1000n);

/** Milliseconds of each stage as an answer's server-timing tells them; "price" is all of them together. */
const stagesIn = (header: string): [string, number][] =>
  [...header.matchAll(/(\w+);dur=([\d.]+)/g)]
    .map(([, name, ms]): [string, number] => [name!, Number(ms)])
    .filter(([name]) => name !== 'price');

/** The middle of each stage over requests one after the other. */
async function stagesOf(
  port: number,
  { contentType, body }: Question,
): Promise<Map<string, number>> {
  const found = new Map<string, number[]>();
  const url = `http://127.0.0.1:${port}/predict`;
  const request = { method: 'POST', headers: { 'content-type': contentType } };
  for (let time = 0; time < STAGE_REQUESTS; time += 1) {
    const response = await fetch(url, { ...request, body: new Uint8Array(body) });
    await response.arrayBuffer();
    if (time < STAGE_REQUESTS / 4) continue;
    for (const [stage, ms] of stagesIn(response.headers.get('server-timing') ?? '')) {
      found.set(stage, [...(found.get(stage) ?? []), ms]);
    }
  }
  return new Map([...found].map(([stage, times]) => [stage, median(times)]));
}

const STAGE_REQUESTS = 400;

/** Glimpse under the profiler of Node. */
const profiled = (profiles: string): Peer => ({
  ...glimpseTrusted,
  async command(home) {
    const { args, ...command } = await glimpseTrusted.command(home);
    return { ...command, args: ['--cpu-prof', '--cpu-prof-dir', profiles, ...args] };
  },
});

/** Microseconds of the main thread for one answer, by part of the program. */
async function measureStages(folder: string, send: Generator): Promise<string> {
  const profiles = join(folder, 'profiles');
  const questions = {
    'PNG 28x28': await pngQuestion(3),
    'JPEG 640x480': await jpegQuestion(3, 640, 480),
    'JSON, 8 images': await jsonQuestion(3, 8),
  };
  const first = questions['PNG 28x28'];
  const running = await startPeer(profiled(profiles), { model, folder }, first);
  const stages = new Map<string, Map<string, number>>();
  const spans = new Map<string, { fromUs: number; untilUs: number; answers: number }>();
  try {
    const request = requestBytes('/predict', first.contentType, first.body);
    for (let time = 0; time < STAGE_REQUESTS; time += 1) await ask(running.port, request);
    for (const [name, question] of Object.entries(questions)) {
      stages.set(name, await stagesOf(running.port, question));
      await send(running, { question, connections: 8, seconds: 1 });
      const fromUs = monotonicUs();
      const { right } = await send(running, { question, connections: 8, seconds: 3 });
      spans.set(name, { fromUs, untilUs: monotonicUs(), answers: right });
      say(`${name}: ${right} answers under the profiler`);
    }
  } finally {
    await running.stop();
  }
  const profile = await readMainProfile(profiles);
  const parts = new Map<string, Map<string, number>>();
  for (const [name, span] of spans) {
    const times = await selfTimes(profile, span);
    parts.set(name, new Map([...times].map(([part, ms]) => [part, (ms * 1000) / span.answers])));
  }
  return [
    origin('npm run bench:costs'),
    'Stages as `server-timing` tells them, ms, the middle of requests one after the other:',
    across('stage', stages, 0),
    'The main thread under load (8 connections), microseconds for one answer by what computed them itself, from a CPU profile; a call into native code counts as its caller (`sharp`, `onnxruntime-node`), `(program)` is what V8 cannot name, and what stands below 1 % is left out. The threads that decode, prepare and run the model work beside it.',
    across('part', parts, 0.01),
  ].join('\n\n');
}

const isIdle = (row: string): boolean => row === '(idle)';

/** Rows for the keys of all columns, the largest first; those below a share of every column are left out. */
function across(
  head: string,
  columns: ReadonlyMap<string, ReadonlyMap<string, number>>,
  least: number,
): string {
  const totals = [...columns.values()].map((column) =>
    [...column].reduce((sum, [row, value]) => (isIdle(row) ? sum : sum + value), 0),
  );
  const rows = [...new Set([...columns.values()].flatMap((column) => [...column.keys()]))]
    .filter((row) => !isIdle(row))
    .map((row) => ({ row, values: [...columns.values()].map((column) => column.get(row) ?? 0) }))
    .filter(({ values }) => values.some((value, at) => value >= least * totals[at]!));
  if (least > 0) rows.sort((a, b) => b.values[0]! - a.values[0]!);
  return table([
    [head, ...columns.keys()],
    ...rows.map(({ row, values }) => [row, ...values.map(short)]),
  ]);
}

const growing: readonly Scene[] = [
  ...[1, 2, 8, 32, 128, 256].map((connections) => ({
    name: `PNG 28x28, ${connections} ${connections === 1 ? 'connection' : 'connections'}`,
    ...png,
    ...closedLoop(connections),
  })),
  ...[
    [160, 120],
    [640, 480],
    [1600, 1200],
    [4000, 3000],
  ].map(([width, height]) => ({
    name: `JPEG ${width}x${height}, 4 connections`,
    ...jpeg(width!, height!),
    ...closedLoop(4),
  })),
  ...[1, 2, 8, 32, 64].map((images) => ({
    name: `JSON, ${images} ${images === 1 ? 'image' : 'images'}, 4 connections`,
    ...json(images),
    ...closedLoop(4),
  })),
];

async function measureGrowth(folder: string, send: Generator): Promise<string> {
  const options = { peers: [glimpseTrusted], scenes: growing, rounds: 2, seconds: 1, model };
  const [found] = await measureRounds({ ...options, folder, send, report: say });
  const rows = [...found!.scenes].map(([name, { rightPerSecond, cpuMs, p50Ms, p99Ms }]) => {
    const images = Number(/(\d+) images?/.exec(name)?.[1] ?? 1);
    return [name, rightPerSecond * images, cpuMs / images, p50Ms, p99Ms] as const;
  });
  return [
    origin('npm run bench:costs'),
    table([
      ['', 'images/s', 'CPU ms an image', 'p50 ms', 'p99 ms'],
      ...rows.map(([name, ...figures]) => [name, ...figures.map(short)]),
    ]),
  ].join('\n\n');
}

execFileSync('npm', ['run', '--silent', 'build'], { cwd: root, stdio: 'inherit' });
const { send } = await openGenerator();
const folder = await mkdtemp(join(tmpdir(), 'glimpse-bench-costs-'));
try {
  for (const [name, measure] of Object.entries({ stages: measureStages, growth: measureGrowth })) {
    if (flags.only !== undefined && flags.only !== name) continue;
    const text = await measure(join(folder, name), send);
    console.log(text);
    if (!flags.print) await writeBlock(page, name, text);
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
