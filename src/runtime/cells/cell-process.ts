import { readSync, writeFileSync, writeSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { entryBeside } from '../../entry.ts';
import { sizeOf } from '../../tensor.ts';
import { inspectOnnx } from '../inspect-onnx.ts';
import { openEngine, type Engine } from '../open-engine.ts';
import { errorPayload, headBytes, headOf, parseHead, type FrameKind } from './frames.ts';
import { lifelineFd, pipeFd, type CellOrder, type Ready } from './cell-order.ts';

/**
 * The program of a cell: one model in a process of its own, started by start-cell.ts. It reads its pipe without
 * an event loop in between, which costs least, and is ended from outside: there is nothing to put away.
 */
const end = (): never => {
  process.kill(process.pid, 'SIGKILL');
  throw new Error('a killed process went on');
};

/** A thread waits in a read, so that an ordinary exit would wait for it for ever. */
process.on('uncaughtException', (error) => {
  writeSync(2, `${error.stack ?? error.message}\n`);
  end();
});

/** What came in, with the head of a frame at its beginning; its payload then has an address that floats may have. */
let space = Buffer.from(new ArrayBuffer(64 * 1024));
let filled = 0;
let used = 0;

/** Reads until there are so many bytes. Whatever comes with them is kept: a small batch costs one call. */
function fill(count: number): void {
  if (count > space.length) {
    const larger = Buffer.from(new ArrayBuffer(count));
    space.copy(larger, 0, 0, filled);
    space = larger;
  }
  while (filled < count) {
    const more = readSync(pipeFd, space, filled, space.length - filled, null);
    if (more === 0) end();
    filled += more;
  }
}

/** What the server says next; its payload is valid until the next call. */
function receive(): { kind: FrameKind; payload: Buffer<ArrayBuffer> } {
  space.copyWithin(0, used, filled);
  filled -= used;
  fill(headBytes);
  const { kind, length } = parseHead(space) ?? end();
  used = headBytes + length;
  fill(used);
  return { kind, payload: space.subarray(headBytes, used) };
}

/** A frame whose payload is these pieces. */
function send(kind: FrameKind, ...payload: Buffer[]): void {
  const length = payload.reduce((sum, piece) => sum + piece.length, 0);
  const frame = Buffer.concat([headOf(kind, length), ...payload]);
  for (let at = 0; at < frame.length;) at += writeSync(pipeFd, frame, at);
}

const sendReady = (ready: Ready): void => send('ready', Buffer.from(JSON.stringify(ready)));

/** Resolves with the open model, or after it has answered that there is none. */
async function obey(order: CellOrder): Promise<Engine | undefined> {
  const startedAt = performance.now();
  try {
    if (order.task === 'inspect') {
      sendReady({ openMs: 0, graph: await inspectOnnx(order.file) });
      return undefined;
    }
    const engine = await openEngine(order.engine);
    sendReady({ openMs: performance.now() - startedAt });
    return engine;
  } catch (error) {
    send('error', errorPayload(error));
    return undefined;
  }
}

async function run(engine: Engine, shape: number[], payload: Buffer<ArrayBuffer>): Promise<void> {
  const data = new Float32Array(payload.buffer, payload.byteOffset, payload.length / 4);
  try {
    const { outputs, tookMs } = await engine.infer({ shape, data });
    const { buffer, byteOffset, byteLength } = outputs.data;
    const took = Buffer.alloc(8);
    took.writeDoubleLE(tookMs);
    send('result', took, Buffer.from(buffer, byteOffset, byteLength));
  } catch (error) {
    send('error', errorPayload(error));
  }
}

try {
  // The kernel takes a cell before the server when memory runs out. Linux only.
  writeFileSync('/proc/self/oom_score_adj', '1000');
} catch {
  // Elsewhere, and where /proc is read-only: the server is then no better off than its cells.
}
const { url, execArgv } = entryBeside(import.meta.url, 'lifeline-worker');
const lifeline = new Worker(url, { execArgv, workerData: lifelineFd });
// A cell that would outlive a killed server is not started at all.
lifeline.once('error', end);

const order: CellOrder = JSON.parse(receive().payload.toString('utf8'));
const engine = await obey(order);
for (;;) {
  const { payload } = receive();
  if (!engine || order.task !== 'open') end();
  else {
    const { shape } = order.engine.signature.input;
    await run(engine, [payload.length / 4 / sizeOf(shape), ...shape], payload);
  }
}
