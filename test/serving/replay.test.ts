import { describe, expect, it } from 'vitest';
import { createCancellation } from '../../src/cancellation.ts';
import { errors } from '../../src/errors.ts';
import { createPredictionLog } from '../../src/evidence/log/prediction-log.ts';
import type { ArtifactStore } from '../../src/repository/stores/artifact-store.ts';
import { createMemoryStore } from '../../src/repository/stores/memory-store.ts';
import type { PredictRequest, Predictor, PredictResult } from '../../src/serving/predictor.ts';
import { replay, type ReplayRequest } from '../../src/serving/replay.ts';
import { aCall, anImage, manifestWith } from '../evidence/a-call.ts';

const time = Date.UTC(2026, 10, 27, 23, 59, 59, 500);

/** A log with so many images, one a call and a second apart: over midnight. */
async function logOf(
  store: ArtifactStore,
  count: number,
  image = (at: number) => ({ file: Uint8Array.of(at) }),
) {
  const log = createPredictionLog({
    store,
    share: 1,
    images: 'all',
    redacted: new Set(),
    flushMs: 1e6,
    flushBytes: 1e9,
    bufferBytes: 1e9,
  });
  const ids: string[] = [];
  for (let at = 0; at < count; at += 1) {
    const call = aCall([anImage(image(at))], manifestWith({}), time + at * 1000);
    ids.push(`${call.id}.0`);
    log.record(call);
    if (at % 5 === 4) await log.flush();
  }
  log.record(aCall([anImage({ file: Uint8Array.of(9) })], manifestWith({ model: 'other' }), time));
  await log.flush();
  return ids;
}

/** Says "dark" for images whose byte is divisible by three, refuses 7, and else what was logged. */
function fakePredictor() {
  const requests: PredictRequest[] = [];
  const predictor: Predictor = {
    async predict(request) {
      requests.push(request);
      const predictions = request.instances.map((instance) => {
        const byte = instance.kind === 'image' ? instance.bytes[0]! : -1;
        if (byte === 7) return { error: { code: 'GLIMPSE_IMAGE_UNREADABLE', message: '' } };
        return { label: byte % 3 === 0 ? 'dark' : 'left', score: 0.6, top: [] };
      });
      return { predictions } as unknown as PredictResult;
    },
  };
  return { requests, predictor };
}

const ask = (changes: Partial<ReplayRequest> = {}): ReplayRequest => ({
  model: 'digits',
  version: 2,
  from: time,
  to: time + 60_000,
  limit: 100,
  cancellation: createCancellation(),
  ...changes,
});

describe('a replay', () => {
  it('asks about every logged image of the model once, unobserved, and shows what changed', async () => {
    const store = createMemoryStore();
    const ids = await logOf(store, 20);
    const { requests, predictor } = fakePredictor();
    const result = await replay(store, predictor, ask());
    expect(result).toMatchObject({ model: 'digits', version: 2, replayed: 20, same: 12 });
    expect(result).toMatchObject({ skipped: 0, isComplete: true });
    expect(result.changed.map(({ id }) => id)).toEqual(
      ids.filter((_, at) => at % 3 === 0 || at === 7),
    );
    expect(result.changed[0]).toEqual({
      id: ids[0],
      image: expect.stringMatching(/^[0-9a-f]{64}$/),
      before: { version: 1, class: 'left', score: 0.9 },
      after: { version: 2, class: 'dark', score: 0.6 },
    });
    expect(result.changed.find(({ id }) => id === ids[7])!.after).toEqual({
      version: 2,
      error: 'GLIMPSE_IMAGE_UNREADABLE',
    });
    expect(requests.map(({ instances }) => instances.length)).toEqual([8, 8, 4]);
    for (const request of requests) {
      expect(request).toMatchObject({ selector: { version: 2 }, isUnobserved: true });
    }
  });

  it('keeps to its time and its limit', async () => {
    const store = createMemoryStore();
    await logOf(store, 20);
    const count = async (changes: Partial<ReplayRequest>) => {
      const { replayed, isComplete } = await replay(store, fakePredictor().predictor, ask(changes));
      return [replayed, isComplete];
    };
    expect(await count({ limit: 20 })).toEqual([20, true]);
    expect(await count({ limit: 19 })).toEqual([19, false]);
    expect(await count({ from: time + 1000, to: time + 3000 })).toEqual([3, true]);
    expect(await count({ from: time + 100_000, to: time + 200_000 })).toEqual([0, true]);
    expect(await count({ model: 'nobody' })).toEqual([0, true]);
  });

  it('counts what has no image, and passes over lines that are none', async () => {
    const store = createMemoryStore();
    await logOf(store, 3, (at) => ({ file: at === 0 ? undefined : Uint8Array.of(at) }) as never);
    const [key] = (await store.list('predictions/digits')).map((object) => object.key);
    const found = await store.read(key!);
    const text = typeof found === 'object' ? Buffer.from(found.body).toString() : '';
    await store.write(key!, Buffer.from(`${text}{"id":1}\nno JSON\n`));
    const result = await replay(store, fakePredictor().predictor, ask());
    expect([result.replayed, result.skipped]).toEqual([2, 1]);
  });

  it('ends when its caller leaves', async () => {
    const store = createMemoryStore();
    await logOf(store, 3);
    const cancellation = createCancellation();
    cancellation.cancel(new errors.GLIMPSE_CLIENT_CLOSED());
    await expect(
      replay(store, fakePredictor().predictor, ask({ cancellation })),
    ).rejects.toMatchObject({ code: 'GLIMPSE_CLIENT_CLOSED' });
  });
});
