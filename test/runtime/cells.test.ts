import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { createCellMemory } from '../../src/admission/cell-memory.ts';
import { createBatcher } from '../../src/batching/batcher.ts';
import { inspectInCell, startCell } from '../../src/runtime/cells/start-cell.ts';
import { batchLimitMs, loadRuntime } from '../../src/runtime/load-runtime.ts';
import { stack, unstack, type Tensor } from '../../src/tensor.ts';
import { cellOptions } from '../support/cells.ts';
import { hostileModel, type Hostility } from '../support/hostile-onnx.ts';
import { programOf } from '../support/programs.ts';
import { outcome } from '../support/puppet-run.ts';
import { temporaryFolder, writeInto } from '../support/temporary-folder.ts';
import { tinyLogits, tinyModel, tinySignature } from '../support/tiny-onnx.ts';

vi.setConfig({ testTimeout: 90_000 });

let folder: string;
beforeAll(async () => {
  folder = await temporaryFolder();
});

const batchOf = (...pixels: number[]): Tensor => stack([Float32Array.from(pixels)], [1, 2, 2]);
const dark = () => batchOf(0, 0, 0, 0);
const bright = () => batchOf(1, 1, 1, 1);

async function engineOf(kind: Hostility | 'tiny') {
  const bytes = kind === 'tiny' ? tinyModel() : hostileModel(kind);
  const file = await writeInto(folder, `${kind}.onnx`, bytes);
  return { runtime: 'onnx', file, signature: tinySignature, threads: 1 } as const;
}

/** A model of strangers, as a server loads it. */
async function load(kind: Hostility | 'tiny', options = cellOptions()) {
  const engine = await engineOf(kind);
  const runtime = await loadRuntime({
    ...engine,
    ...options,
    maxBatchSize: 4,
    isTrusted: false,
    inlineBudgetMs: 60_000,
  });
  return { runtime, deaths: options.deaths };
}

/** The processes that this one has started and that still run. */
const children = (pid = process.pid): number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .trim()
    .split(' ')
    .filter(Boolean)
    .map(Number);
const onLinux = existsSync(`/proc/self/task/${process.pid}/children`);

describe('a model of strangers', () => {
  it('runs in a cell however fast it is, with the answers of a thread', async () => {
    const { runtime } = await load('tiny');
    expect(runtime.place).toBe('cell');
    const pixels = [0.1, 0.9, 0.3, 0.7];
    const rows = Array.from({ length: 3 }, () => Float32Array.from(pixels));
    const { data, shape } = await runtime.infer(stack(rows, [1, 2, 2]));
    expect(shape).toEqual([3, 3]);
    const expected = [1, 2, 3].flatMap(() => tinyLogits(pixels));
    expect([...data]).toEqual(expected.map((v) => expect.closeTo(v, 5) as number));
    await runtime.close();
  });

  it('that never comes back from a run is refused when it is loaded, in bounded time', async () => {
    const options = cellOptions({ batchMs: 700 });
    await expect(load('always', options)).rejects.toMatchObject({
      code: 'GLIMPSE_MODEL_TIMEOUT',
      message: 'The model was not through with a batch within 700 ms (GLIMPSE_BATCH_TIMEOUT_MS).',
    });
    expect(options.deaths.map(({ cause }) => cause)).toEqual(['timeout']);
  });

  it('that never finishes opening is refused in bounded time', async () => {
    const options = cellOptions({ openMs: 2_000 });
    await expect(load('opening', options)).rejects.toMatchObject({
      code: 'GLIMPSE_MODEL_TIMEOUT',
      message: 'The model was not opened within 2000 ms (GLIMPSE_OPEN_TIMEOUT_MS).',
    });
    expect(options.deaths.map(({ cause }) => cause)).toEqual(['timeout']);
  });

  it('that loops for one image only costs the batch with that image, and answers what lay behind it and the next', async () => {
    const { runtime, deaths } = await load('bright', cellOptions({ batchMs: 1_000 }));
    const batcher = createBatcher<Float32Array, Float32Array>({
      model: 'bright',
      version: 1,
      maxBatchSize: 1,
      maxInFlight: 2,
      maxQueueSize: 64,
      maxQueueDelayMs: 0,
      run: async (rows) => unstack(await runtime.infer(stack(rows, [1, 2, 2]))),
    });
    const [poisonous, behind] = [
      outcome(batcher.submit([bright().data])),
      batcher.submit([dark().data]),
    ];
    expect(await poisonous).toEqual({ code: 'GLIMPSE_MODEL_TIMEOUT' });
    expect([...(await behind).outputs[0]!]).toEqual([1, 0, -1]);
    expect(deaths.map(({ cause }) => cause)).toEqual(['timeout']);
    expect(runtime.unhealthyReason).toBeUndefined();
    expect([...(await runtime.infer(dark())).data]).toEqual([1, 0, -1]);
    await runtime.close();
  });

  it.runIf(onLinux)('that takes too much memory is ended for that reason', async () => {
    const { runtime, deaths } = await load('hog', cellOptions({ memoryBytes: 400e6 }));
    expect(await outcome(runtime.infer(bright()))).toEqual({ code: 'GLIMPSE_MODEL_MEMORY' });
    expect(deaths.map(({ cause }) => cause)).toEqual(['memory']);
    expect([...(await runtime.infer(dark())).data]).toEqual([1, 0, -1]);
    await runtime.close();
  });

  it('gets no cell while there is no memory for one, and gives back what it had when it ends', async () => {
    const memory = createCellMemory({ capacity: () => 600e6, waitMs: 0 });
    const { runtime } = await load('tiny', { ...cellOptions(), memory });
    const held = memory.reserved;
    expect(held).toBeGreaterThanOrEqual(48 * 2 ** 20);
    const rest = await memory.reserve(600e6 - held);
    const running = children();
    await expect(load('tiny', { ...cellOptions(), memory })).rejects.toMatchObject({
      code: 'GLIMPSE_CELLS_FULL',
    });
    expect(children()).toEqual(running);
    await runtime.close();
    expect(memory.reserved).toBe(rest.bytes);
  });

  it.runIf(onLinux)(
    'that takes more than all cells may have is ended, and no other is',
    async () => {
      const memory = createCellMemory({ capacity: () => 600e6 });
      const shared = (options = cellOptions()) => ({ ...options, memory });
      const { runtime, deaths } = await load('hog', shared());
      const other = await load('tiny', shared());
      expect(await outcome(runtime.infer(bright()))).toEqual({ code: 'GLIMPSE_CELLS_FULL' });
      expect(deaths.map(({ cause }) => cause)).toEqual(['memory']);
      expect([...(await runtime.infer(dark())).data]).toEqual([1, 0, -1]);
      await Promise.all([runtime.close(), other.runtime.close()]);
      // The one that was killed gives its memory back when the system is done with it.
      await expect.poll(() => memory.reserved).toBe(0);
      expect(other.deaths).toEqual([]);
    },
  );

  it('that cannot be opened says why, as it would in this process', async () => {
    const file = await writeInto(folder, 'none.onnx', 'this is no graph');
    const engine = { ...(await engineOf('tiny')), file };
    const options = cellOptions();
    await expect(startCell(engine, options)).rejects.toMatchObject({
      code: 'GLIMPSE_MODEL_INVALID',
      statusCode: 422,
      message: expect.not.stringContaining(folder) as string,
    });
    expect(options.deaths).toEqual([]);
  });

  it('tells what its graph takes and gives without being run', async () => {
    const { file } = await engineOf('always');
    const { inputs, outputs } = await inspectInCell(file, cellOptions());
    expect(inputs).toEqual([{ name: 'image', type: 'float32', shape: ['N', 1, 2, 2] }]);
    expect(outputs.map(({ name }) => name)).toEqual(['logits']);
  });

  it('gets fifty times what a full batch took, at least five seconds and at most the setting', () => {
    expect(batchLimitMs(2, 30_000)).toBe(5_000);
    expect(batchLimitMs(200, 30_000)).toBe(10_000);
    expect(batchLimitMs(2_000, 30_000)).toBe(30_000);
    expect(batchLimitMs(2, 1_000)).toBe(1_000);
  });
});

describe('a cell', () => {
  it.runIf(onLinux)(
    'that somebody kills fails its batch, and another one answers the next',
    async () => {
      const before = new Set(children());
      const { runtime, deaths } = await load('bright');
      const running = outcome(runtime.infer(bright()));
      const [pid = 0] = children().filter((child) => !before.has(child));
      process.kill(pid, 'SIGKILL');
      expect(await running).toEqual({ code: 'GLIMPSE_RUNTIME_FAILED' });
      expect(deaths).toEqual([
        { cause: 'crash', reason: expect.stringContaining('SIGKILL') as string },
      ]);
      expect([...(await runtime.infer(dark())).data]).toEqual([1, 0, -1]);
      await runtime.close();
      expect(children().filter((child) => !before.has(child))).toEqual([]);
    },
  );

  it.runIf(onLinux)('is what the kernel takes first when memory runs out', async () => {
    const before = new Set(children());
    const cell = await startCell(await engineOf('tiny'), cellOptions());
    const [pid = 0] = children().filter((child) => !before.has(child));
    expect(readFileSync(`/proc/${pid}/oom_score_adj`, 'utf8')).toBe('1000\n');
    await cell.close();
  });

  it.runIf(onLinux)(
    'ends with a server that is killed, in the middle of an endless batch',
    async () => {
      const { file } = await engineOf('bright');
      const owner = fileURLToPath(programOf('cell-owner').url);
      const parent = spawn(process.execPath, [owner, file, JSON.stringify(tinySignature)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      await once(parent.stdout, 'data');
      const [cell = 0] = children(parent.pid);
      expect(existsSync(`/proc/${cell}`)).toBe(true);
      parent.kill('SIGKILL');
      await expect.poll(() => isRunning(cell), { timeout: 20_000 }).toBe(false);
    },
  );

  it('that writes what is no answer is ended, and fails whoever waited', async () => {
    const options = cellOptions();
    const started = startCell(await engineOf('tiny'), options, programOf('junk-cell'));
    await expect(started).rejects.toMatchObject({
      code: 'GLIMPSE_RUNTIME_FAILED',
      message: expect.stringContaining('wrote what is no answer') as string,
    });
    expect(options.deaths.map(({ cause }) => cause)).toEqual(['junk']);
  });

  it('that promises an answer of gigabytes gets no memory for it', async () => {
    const head = Buffer.alloc(12);
    head.writeUInt32LE(0x47_4c_43_31, 0);
    head.writeUInt32LE(3, 4);
    head.writeUInt32LE(0x7f_7f_7f_7f, 8);
    const options = { ...cellOptions(), env: { JUNK: head.toString('hex') } };
    const started = startCell(await engineOf('tiny'), options, programOf('junk-cell'));
    await expect(started).rejects.toThrow('wrote what is no answer');
  });

  it('is given the environment it was meant to get and nothing of ours', async () => {
    const options = { ...cellOptions(), env: { LANG: 'C' } };
    await outcome(startCell(await engineOf('tiny'), options, programOf('junk-cell')));
    expect(options.output).toEqual(['["LANG"]']);
  });

  it.each(['exit-cell', 'no-such-cell'])('that ends at once says so: %s', async (name) => {
    const started = startCell(await engineOf('tiny'), cellOptions(), programOf(name));
    await expect(started).rejects.toThrow(/its cell ended: exit code \d/);
  });
});

/** A zombie has ended: whoever adopted it has not noticed yet. */
function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
