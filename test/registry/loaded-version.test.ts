import { describe, expect, it, vi } from 'vitest';
import type { BatchEvent, RejectEvent } from '../../src/batching/batching-options.ts';
import { createLoadedVersion } from '../../src/registry/loaded-version.ts';
import type { Manifest } from '../../src/repository/manifest.ts';
import type { ModelRuntime } from '../../src/runtime/runtime.ts';
import type { Tensor } from '../../src/tensor.ts';
import { createGate, createPuppeteer } from '../support/puppet-runtime.ts';
import { outcome, turn } from '../support/puppet-run.ts';
import { tinyDraft } from '../support/registry-rig.ts';
import { tinySignature } from '../support/tiny-onnx.ts';

async function createRig() {
  const puppets = createPuppeteer();
  const manifest = { ...tinyDraft(), version: 5 } as unknown as Manifest;
  const runtime = await puppets.load({
    runtime: 'onnx',
    file: '',
    signature: tinySignature,
    maxBatchSize: 4,
    model: 'digits',
    version: 5,
    isTrusted: true,
    confirm: () => Promise.resolve(),
  });
  const batches: BatchEvent[] = [];
  const rejects: RejectEvent[] = [];
  const loaded = createLoadedVersion({
    manifest,
    runtime,
    batching: {
      maxBatchSize: 4,
      maxQueueDelayMs: 0,
      maxQueueSize: 4,
      onBatch: (event) => batches.push(event),
      onReject: (event) => rejects.push(event),
    },
  });
  return { loaded, puppet: puppets.runtime(5), batches, rejects };
}

const example = () => new Float32Array(4);

describe('a loaded version', () => {
  it('answers examples through its batcher and tells of each batch', async () => {
    const { loaded, batches } = await createRig();
    const lease = loaded.lease();
    const { outputs } = await lease.submit([example(), example()]);
    expect(outputs.map((row) => [...row])).toEqual([
      [5, 0, 0],
      [5, 0, 0],
    ]);
    expect(lease).toMatchObject({ model: 'digits', version: 5, manifest: loaded.manifest });
    expect(batches).toMatchObject([{ model: 'digits', version: 5, size: 2, failed: false }]);
    lease.release();
    await loaded.close();
  });

  it('closes only after the last lease is back and the last batch is answered', async () => {
    const { loaded, puppet } = await createRig();
    const gate = createGate();
    puppet.gate = gate.promise;
    const [first, second] = [loaded.lease(), loaded.lease()];
    const answer = first.submit([example()]);
    const closing = loaded.close();
    second.release();
    await turn();
    expect(puppet.isClosed).toBe(false);
    first.release();
    await turn();
    expect(puppet.isClosed, 'the batch still runs').toBe(false);
    gate.open();
    expect((await answer).outputs[0]![0]).toBe(5);
    await closing;
    expect(puppet.isClosed).toBe(true);
  });

  it('frees what it copied into a batch, and nothing that others hold', async () => {
    const size = 10_000;
    const batches: Tensor[] = [];
    const firstMayEnd = createGate();
    const runtime: ModelRuntime = {
      place: 'inline',
      unhealthyReason: undefined,
      infer: async (batch) => {
        batches.push(batch);
        if (batches.length === 1) await firstMayEnd.promise;
        return { shape: [batch.shape[0]!, 3], data: new Float32Array(batch.shape[0]! * 3) };
      },
      close: async () => {},
    };
    const draft = tinyDraft();
    const input = { ...draft.signature.input, shape: [size] };
    const signature = { ...draft.signature, input };
    const loaded = createLoadedVersion({
      manifest: { ...draft, signature, version: 5 } as unknown as Manifest,
      runtime,
      batching: { maxBatchSize: 4, maxQueueDelayMs: 0, maxQueueSize: 4 },
    });
    const lease = loaded.lease();
    const both = new Float32Array(2 * size);
    const rows = [both.subarray(0, size), both.subarray(size)];
    const apart = [new Float32Array(size), new Float32Array(size)];
    const answers = [lease.submit(rows)];
    await turn();
    for (const one of apart) answers.push(lease.submit([one]));
    firstMayEnd.open();
    await Promise.all(answers);
    expect(batches.map(({ shape, data }) => [shape[0], data.length])).toEqual([
      // The request's own numbers, which were not copied.
      [2, 2 * size],
      [2, 0],
    ]);
    expect([...rows, ...apart].map((row) => row.length)).toEqual([size, size, size, size]);
    lease.release();
    await loaded.close();
  });

  it('counts its leases and its waiting images', async () => {
    const { loaded, puppet } = await createRig();
    const gate = createGate();
    puppet.gate = gate.promise;
    const lease = loaded.lease();
    const answers = [lease.submit([example()])];
    await turn();
    answers.push(lease.submit([example(), example()]));
    expect(loaded.leases).toBe(1);
    expect(loaded.queueDepth).toBe(2);
    gate.open();
    await Promise.all(answers);
    lease.release();
    expect(loaded.leases).toBe(0);
  });
});

describe('a loaded version under abuse', () => {
  it('takes a lease back once, however often it is released', async () => {
    const { loaded, puppet } = await createRig();
    const [kept, careless] = [loaded.lease(), loaded.lease()];
    careless.release();
    careless.release();
    const other = loaded.lease();
    const closing = loaded.close();
    other.release();
    other.release();
    await turn();
    expect(puppet.isClosed).toBe(false);
    kept.release();
    await closing;
  });

  it('refuses an example of the wrong size before it shares a batch with others', async () => {
    const { loaded, puppet } = await createRig();
    const lease = loaded.lease();
    const good = lease.submit([example()]);
    for (const wrong of [[new Float32Array(3)], [example(), new Float32Array(5)]])
      await expect(lease.submit(wrong)).rejects.toThrow('size of the model');
    expect((await good).outputs).toHaveLength(1);
    expect(puppet.batches).toBe(1);
    lease.release();
  });

  it('is not leased while its runtime is not well, which it says', async () => {
    const { loaded, puppet } = await createRig();
    expect(loaded.unhealthyReason).toBeUndefined();
    puppet.unhealthyReason = 'its thread ended.';
    expect(loaded.unhealthyReason).toBe('its thread ended.');
    expect(() => loaded.lease()).toThrow(
      expect.objectContaining({
        code: 'GLIMPSE_MODEL_NOT_READY',
        message: expect.stringContaining('version 5: its thread ended.') as string,
      }),
    );
    expect(loaded.leases).toBe(0);
  });

  it('tells how many images it refused', async () => {
    const { loaded, puppet, rejects } = await createRig();
    const gate = createGate();
    puppet.gate = gate.promise;
    const lease = loaded.lease();
    const first = lease.submit([example()]);
    await turn();
    const second = lease.submit([example(), example(), example()]);
    const refused = await outcome(lease.submit([example(), example()]));
    expect(refused).toEqual({ code: 'GLIMPSE_QUEUE_FULL' });
    expect(rejects).toEqual([{ model: 'digits', version: 5, reason: 'full', items: 2 }]);
    gate.open();
    await Promise.all([first, second]);
    lease.release();
  });

  it('is closed once, however often it is asked, and not leased again', async () => {
    const { loaded, puppet } = await createRig();
    const close = vi.spyOn(puppet, 'close');
    await Promise.all([loaded.close(), loaded.close()]);
    expect(close).toHaveBeenCalledOnce();
    expect(() => loaded.lease()).toThrow('our bug');
  });
});
