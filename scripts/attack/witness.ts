import { readFileSync, readdirSync } from 'node:fs';
import { Agent } from 'node:http';
import { join } from 'node:path';
import { packageRoot } from '../../src/package.ts';
import type { Observation, WitnessOrder } from './observe.ts';
import { json, neighbourAddress, send, type Call } from './wire.ts';

/**
 * A process of its own that sees what an attack does to others: it probes /livez as an orchestrator would, by a new
 * connection each time, predicts as another caller, and adds up the memory of the server's processes.
 */
const livezEveryMs = 50;
const predictEveryMs = 50;
const memoryEveryMs = 200;
/** A prediction that comes later is of no use to its caller. */
const goodWithinMs = 1_000;

const order = JSON.parse(process.argv[2]!) as WitnessOrder;
const livez: { at: number; ms: number | undefined }[] = [];
const predictions: { at: number; isGood: boolean }[] = [];
const memory: { at: number; bytes: number; withChildren: number }[] = [];

const photo = readFileSync(join(packageRoot, 'samples', 'golden', '7.png'));
const agent = new Agent({ keepAlive: true, maxSockets: 32 });
const bodies: Omit<Call, 'path'>[] = [
  json({ instances: [Array(784).fill(7)] }),
  { headers: { 'content-type': 'image/png' }, body: photo },
];
let turn = 0;

/**
 * Milliseconds that the thread which answers /livez, and this process, were ready to run and had no core: what the machine and
 * the attacker's own work on it cost, not the server. 0 where the system does not tell.
 */
function waitedForCore(): number {
  const pids = order.pid === undefined ? ['self'] : ['self', order.pid];
  try {
    const waits = pids.map((pid) =>
      Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[1]),
    );
    return waits.reduce((a, b) => a + b) / 1e6;
  } catch {
    return 0;
  }
}

async function probe(): Promise<void> {
  const sample: (typeof livez)[number] = { at: Date.now(), ms: undefined };
  livez.push(sample);
  const [startedAt, waitedBefore] = [performance.now(), waitedForCore()];
  const { status } = await send(order.url, {
    path: '/livez',
    from: neighbourAddress,
    timeoutMs: 30_000,
  });
  if (status !== 200) return;
  const waited = waitedForCore() - waitedBefore;
  sample.ms = Math.max(0, performance.now() - startedAt - waited);
}

async function predict(): Promise<void> {
  const at = Date.now();
  const { headers, body } = bodies[(turn += 1) % bodies.length]!;
  const { status } = await send(order.url, {
    method: 'POST',
    path: '/predict',
    headers: { ...headers, ...(order.key !== undefined && { 'x-api-key': order.key }) },
    body,
    from: neighbourAddress,
    agent,
    timeoutMs: 10_000,
  });
  predictions.push({ at, isGood: status === 200 && Date.now() - at <= goodWithinMs });
}

/** Resident bytes of a process; 0 where the system does not tell. */
function residentBytes(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * 4096;
  } catch {
    return 0;
  }
}

/** The processes that a process started, and those that they started. */
function descendants(pid: number): number[] {
  try {
    const children = readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8')
        .split(' ')
        .filter(Boolean)
        .map(Number),
    );
    return children.flatMap((child) => [child, ...descendants(child)]);
  } catch {
    return [];
  }
}

// Whoever started this waits for a first word.
for (let warmUp = 0; warmUp < 20; warmUp += 1) await predict();
process.send!('ready');
setInterval(() => void probe(), livezEveryMs);
setInterval(() => void predict(), predictEveryMs);
if (order.pid !== undefined) {
  const { pid } = order;
  setInterval(() => {
    const bytes = residentBytes(pid);
    const others = descendants(pid).map(residentBytes);
    memory.push({ at: Date.now(), bytes, withChildren: others.reduce((a, b) => a + b, bytes) });
  }, memoryEveryMs);
}

/** What was seen of what began between two times. */
function observe(from: number, to: number): Observation {
  const within = <Sample extends { at: number }>(samples: readonly Sample[]): Sample[] =>
    samples.filter(({ at }) => at >= from && at <= to);
  const now = Date.now();
  // A probe without an answer has taken until now at least.
  const ms = within(livez)
    .map((sample) => sample.ms ?? now - sample.at)
    .sort((a, b) => a - b);
  const good = within(predictions).filter(({ isGood }) => isGood).length;
  return {
    probes: ms.length,
    livezMaxMs: ms.at(-1) ?? 0,
    livezP99Ms: ms[Math.floor(ms.length * 0.99)] ?? 0,
    goodPerSecond: (good * 1_000) / (to - from),
    maxBytes: Math.max(0, ...within(memory).map(({ bytes }) => bytes)),
    maxBytesWithChildren: Math.max(0, ...within(memory).map(({ withChildren }) => withChildren)),
  };
}

process.on('message', ({ from, to }: { from: number; to: number }) => {
  process.send!(observe(from, to));
});
process.on('disconnect', () => process.exit(0));
