import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { isGlimpseError } from '../src/errors.ts';
import { freeAtOnce, startThread, wholeBuffers, type ThreadOptions } from '../src/threads.ts';
import { programOf } from './support/programs.ts';

/** What fragile-thread.mjs is started with. */
interface FragileSetup {
  readonly base: number;
  /** Becomes 1 when the program has freed what it holds. */
  readonly closed?: Int32Array<SharedArrayBuffer>;
  readonly open?: 'refuse';
  readonly close?: 'hang';
}

/** What it is asked, and told to do instead. */
type FragileRequest =
  | { readonly add: number; readonly afterMs?: number }
  | { readonly double: Float32Array<ArrayBuffer> }
  | 'known error'
  | 'plain error'
  | 'no error'
  | 'function'
  | 'crash'
  | 'exit'
  | 'hang';

const entry = programOf('fragile-thread');

function start(setup: Partial<FragileSetup> = {}, options: Partial<ThreadOptions> = {}) {
  const data: FragileSetup = { base: 100, ...setup };
  const thread = startThread<FragileRequest, unknown>(entry, { data, does: 'adds', ...options });
  onTestFinished(() => thread.close());
  return thread;
}

/** For what a thread survives. */
const lasting = startThread<unknown, unknown>(entry, {
  data: { base: 100 } satisfies FragileSetup,
  does: 'adds',
});
afterAll(() => lasting.close());

const died = (reason: string) => ({
  code: 'GLIMPSE_INTERNAL',
  details: { reason: `the thread that adds ended: ${reason}` },
});

/** How long a promise may be seen not to settle before the test believes it. */
const aWhile = () => new Promise<'nothing'>((resolve) => setTimeout(() => resolve('nothing'), 50));

describe('a thread', () => {
  it('answers every request with its own result, by the data it was started with', async () => {
    const slow = lasting.ask({ add: 1, afterMs: 40 });
    const order: unknown[] = [];
    void slow.then((result) => order.push(result));
    for (const value of [2, 3]) order.push(await lasting.ask({ add: value }));
    expect(await slow).toBe(101);
    expect(order).toEqual([102, 103, 101]);
  });

  it('is ready when its program is open, and tells how long that took', async () => {
    const readyMs = await lasting.ready;
    expect(readyMs).toBeGreaterThanOrEqual(0);
  });

  it('moves buffers there and back instead of copying them', async () => {
    const numbers = Float32Array.of(1, 2.5, -3);
    const doubled = lasting.ask({ double: numbers }, wholeBuffers(numbers));
    expect(numbers).toHaveLength(0);
    expect(await doubled).toEqual(Float32Array.of(2, 5, -6));
  });

  it('hands on an error of the catalogue with code, message, status, details, cause and stack', async () => {
    const error = await lasting.ask('known error').catch((error: unknown) => error);
    expect(isGlimpseError(error)).toBe(true);
    expect(error).toMatchObject({
      code: 'GLIMPSE_IMAGE_UNREADABLE',
      statusCode: 422,
      message: 'The image cannot be decoded: torn',
      details: { index: 3 },
      stack: expect.stringContaining('fragile-thread'),
      cause: { message: 'the origin' },
    });
  });

  it('hands on any other error with its message, without a code, and lives on', async () => {
    const error = await lasting.ask('plain error').catch((error: unknown) => error);
    expect(error).toMatchObject({ message: 'refused as told' });
    expect(isGlimpseError(error)).toBe(false);
    await expect(lasting.ask('no error')).rejects.toThrow('a string');
    expect(await lasting.ask({ add: 1 })).toBe(101);
    expect(lasting.hasEnded).toBe(false);
  });

  it('whose program cannot be opened says why to everybody', async () => {
    const thread = start({ open: 'refuse' });
    const refusal = {
      code: 'GLIMPSE_MODEL_INVALID',
      message: 'The model cannot be served: no such file',
      details: { file: 'a.onnx' },
    };
    const asked = thread.ask({ add: 1 });
    await expect(thread.ready).rejects.toMatchObject(refusal);
    await expect(asked).rejects.toMatchObject(refusal);
    await expect(thread.ask({ add: 1 })).rejects.toMatchObject(refusal);
    expect(await thread.death).toBe('The model cannot be served: no such file');
  });

  it.each([
    ['crash', 'crashed as told', { message: 'crashed as told' }],
    ['exit', 'exit code 3', undefined],
  ] as const)(
    'that dies by %s fails all who wait, and all who ask later',
    async (how, why, cause) => {
      const thread = start();
      const waiting = [thread.ask('hang'), thread.ask('hang'), thread.ask(how)];
      const reason = { ...died(why), ...(cause && { cause }) };
      for (const one of await Promise.allSettled(waiting)) expect(one).toMatchObject({ reason });
      expect(await thread.death).toBe(why);
      expect(thread.hasEnded).toBe(true);
      await expect(thread.ask({ add: 1 })).rejects.toMatchObject(died(why));
    },
  );

  it('dies in the words of whoever started it', async () => {
    const thread = start({}, { died: (reason) => new Error(`no model: ${reason}`) });
    await expect(thread.ask('exit')).rejects.toThrow('no model: exit code 3');
  });

  it('answers what it was asked before it closes, frees what it holds, and never counts as dead', async () => {
    const closed = new Int32Array(new SharedArrayBuffer(4));
    const thread = start({ closed });
    await thread.ready;
    const asked = thread.ask({ add: 5, afterMs: 20 });
    const closing = thread.close();
    await expect(thread.ask({ add: 1 })).rejects.toMatchObject(died('it was closed'));
    expect(await asked).toBe(105);
    await closing;
    expect(closed[0]).toBe(1);
    expect(thread.hasEnded).toBe(true);
    expect(await Promise.race([thread.death, aWhile()])).toBe('nothing');
  });
});

describe('a misused thread', () => {
  it('refuses a request that cannot be sent, and lives on', async () => {
    await expect(lasting.ask(() => 'a function')).rejects.toThrow('could not be cloned');
    expect(await lasting.ask({ add: 1 })).toBe(101);
  });

  it('refuses a result that cannot be sent, and lives on', async () => {
    await expect(lasting.ask('function')).rejects.toThrow('could not be cloned');
    expect(await lasting.ask({ add: 1 })).toBe(101);
  });

  it('may be closed twice, and after its end', async () => {
    const thread = start();
    await thread.ready;
    await Promise.all([thread.close(), thread.close()]);
    await thread.close();
  });

  it('is stopped by force when it does not close, and whoever still waits is told', async () => {
    const thread = start({ close: 'hang' }, { closeGraceMs: 100 });
    await thread.ready;
    const hanging = expect(thread.ask('hang')).rejects.toMatchObject(died('exit code 1'));
    await thread.close();
    await hanging;
  });

  it('moves only buffers that their array fills wholly', () => {
    const whole = new Float32Array(4);
    const shared = new Float32Array(new SharedArrayBuffer(16));
    expect(wholeBuffers(whole, whole.subarray(1), shared)).toEqual([whole.buffer]);
  });
});

describe('arrays that are freed at once', () => {
  it('are empty afterwards, but for those that share their buffer with others, and small ones', () => {
    const [photo, other] = [new Float32Array(10_000), new Float32Array(10_000)];
    const small = new Float32Array(1_000);
    const part = other.subarray(0, 10);
    freeAtOnce(photo, part, small);
    expect(small.length).toBe(1_000);
    expect(photo.length).toBe(0);
    expect(part.length).toBe(10);
    freeAtOnce();
    freeAtOnce(photo);
  });
});
