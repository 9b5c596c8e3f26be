/**
 * npm run bench:overload: good answers past saturation. Floods the built server with batches of 32 drawings in JSON, with drawings
 * one by one and with photos: by more and more callers who ask again at once, and at 1, 2, 4 and 8 times the rate that it
 * can do. Writes its part of bench/RESULTS.md. Linux only: it reads /proc.
 *   --quick          one short round of each, and RESULTS.md is left alone
 *   --scenes JSON    only bodies whose names begin so; RESULTS.md is left alone
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { makeBodies, type Body } from './bodies.ts';
import { flood, type Flood, type Pace } from './flood.ts';
import { requestBytes } from './load.ts';
import { startGlimpse, startRefusing, type Running } from './processes.ts';
import { origin, table, writePart } from './results.ts';

const { values: flags } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, scenes: { type: 'string' } },
});
const { quick, scenes: beginning = '' } = flags;
const times = { warmUpSeconds: 0.7, seconds: quick ? 0.4 : 2.5, deadlineMs: 2_000 };
const BATCH = 32;

interface Scene {
  readonly name: string;
  readonly request: Buffer;
  /** As many callers as the server is busy with. */
  readonly busy: number;
  readonly callers: readonly number[];
}

/** A request that wants its answer within the deadline. */
function within(request: Buffer): Buffer {
  const end = request.indexOf('\r\n\r\n');
  const header = `\r\nx-request-timeout-ms: ${times.deadlineMs}`;
  return Buffer.concat([request.subarray(0, end), Buffer.from(header), request.subarray(end)]);
}

/** The drawings of a body of JSON over and over. */
function batchOf({ request }: Body): Buffer {
  const text = request.subarray(request.indexOf('\r\n\r\n') + 4).toString();
  const { instances } = JSON.parse(text) as { instances: number[][] };
  const batch = Array.from({ length: BATCH }, (_, index) => instances[index % instances.length]);
  const body = Buffer.from(JSON.stringify({ instances: batch }));
  return requestBytes('/predict', 'application/json', body);
}

async function makeScenes(): Promise<Scene[]> {
  const [png, , jpeg, json] = await makeBodies();
  return [
    {
      name: `JSON, ${BATCH} drawings`,
      request: batchOf(json!),
      busy: 16,
      callers: [16, 32, 64, 128, 256],
    },
    { name: 'PNG 28x28', request: png!.request, busy: 64, callers: [64, 256] },
    { name: 'JPEG 640x480', request: jpeg!.request, busy: 16, callers: [16, 128] },
  ].map((scene) => ({ ...scene, request: within(scene.request) }));
}

interface Row {
  readonly scene: string;
  readonly load: string;
  readonly found: Flood;
  /** Processor time of a refusal: what is left when good answers cost what they cost without refusals. */
  readonly refusalMs: number;
}

async function measure(server: Running, { name, request, busy, callers }: Scene): Promise<Row[]> {
  const run = (pace: Pace): Promise<Flood> => flood(server, request, pace, times);
  await run({ connections: busy });
  const peak = await run({ connections: busy });
  const cpuOfGood = peak.cpuMs / peak.good;
  const rows: Row[] = [];
  const add = async (load: string, pace: Pace): Promise<void> => {
    const found = await run(pace);
    const refusalMs = (found.cpuMs - found.good * cpuOfGood) / found.refused;
    rows.push({ scene: name, load, found, refusalMs });
    const refused = JSON.stringify(found.others);
    console.error(
      `  ${name}, ${load}: ${found.goodPerSecond.toFixed(0)} good a second, ${refused}`,
    );
  };
  for (const connections of callers) await add(`${connections} callers`, { connections });
  for (const factor of [1, 2, 4, 8]) {
    await add(`${factor} times`, { perSecond: Math.ceil(factor * peak.goodPerSecond) });
  }
  return rows;
}

/** Processor time that it takes a bare server to refuse one of these, asked as fast as `callers` can. */
async function bareRefusalMs({ request, callers }: Scene): Promise<number> {
  const server = await startRefusing();
  try {
    const run = (): Promise<Flood> =>
      flood(server, request, { connections: Math.max(...callers) }, times);
    await run();
    const { cpuMs, refused } = await run();
    return cpuMs / refused;
  } finally {
    await server.stop();
  }
}

function rowOf({ scene, load, found, refusalMs }: Row, peak: number): string[] {
  const { good, goodPerSecond, goodP99Ms, refused, refusedP50Ms, others } = found;
  const late = (others['late'] ?? 0) + (others['DEADLINE_EXCEEDED'] ?? 0);
  const isRefusing = refused > 50;
  return [
    scene,
    load,
    goodPerSecond.toFixed(0),
    `${((100 * goodPerSecond) / peak).toFixed(0)} %`,
    ((good * 1000) / found.cpuMs).toFixed(0),
    goodP99Ms.toFixed(0),
    (refused / times.seconds).toFixed(0),
    isRefusing ? refusedP50Ms.toFixed(1) : '',
    isRefusing ? refusalMs.toFixed(2) : '',
    found.cores.toFixed(2),
    found.senderCores.toFixed(2),
    String(late),
  ];
}

/** What is left for answers at 2, 4 and 8 times saturation when every other request is refused at this price. */
function floorOf(name: string, { cpuMs, good }: Flood, refusalMs: number): string[] {
  const left = [2, 4, 8].map((factor) => 1 - ((factor - 1) * refusalMs * good) / cpuMs);
  const shares = left.map((share) => `${(100 * Math.max(0, share)).toFixed(0)} %`);
  return [name, (cpuMs / good).toFixed(2), refusalMs.toFixed(3), ...shares];
}

execFileSync('npm', ['run', '--silent', 'build'], {
  cwd: join(import.meta.dirname, '..'),
  stdio: 'inherit',
});
const rows: string[][] = [];
const floor: string[][] = [];
const scenes = (await makeScenes()).filter(({ name }) => name.startsWith(beginning));
for (const scene of scenes) {
  const server = await startGlimpse();
  try {
    const found = await measure(server, scene);
    const peak = Math.max(...found.map((row) => row.found.goodPerSecond));
    rows.push(...found.map((row) => rowOf(row, peak)));
    floor.push(floorOf(scene.name, found[0]!.found, await bareRefusalMs(scene)));
  } finally {
    await server.stop();
  }
}
const head = [
  'body',
  'load',
  'good/s',
  'of the peak',
  'good/CPU s',
  'p99 ms',
  'refused/s',
  'refused after ms',
  'CPU ms/refusal',
  'cores: server',
  'cores: load',
  'late',
];
const text = [
  origin('npm run bench:overload'),
  `Good answers (200 within ${times.deadlineMs / 1000} s) of a server that is asked for more than it can do: by callers who ask again as soon as they have an answer, whatever it says, and at multiples of the rate that it does for the first row. \`refused after\` is the median time to a refusal. Processor time of a refusal is what is left of the server's when every good answer costs what it costs where nobody is refused.`,
  table([head, ...rows], 2),
  'What refusing could leave at best: a bare `node:http` server that answers 503 to everything, with the same bodies, beside what a good answer costs in the first row of each. The shares are those of the processor time that is left for good answers when all that cannot be done is refused at that price.',
  table([
    ['body', 'CPU ms/good', 'CPU ms/bare refusal', 'left at 2 times', '4 times', '8 times'],
    ...floor,
  ]),
].join('\n\n');
console.log(text);
if (!quick && beginning === '') await writePart('Serving', 'Past saturation', text);
