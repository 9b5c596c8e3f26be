import { describe, expect, it } from 'vitest';
import { createFeedback } from '../../src/evidence/feedback.ts';
import { createLiveAccuracy } from '../../src/evidence/live-accuracy.ts';
import { readLabelled } from '../../src/evidence/log/labelled.ts';
import { createPredictionLog } from '../../src/evidence/log/prediction-log.ts';
import { createRecentPredictions } from '../../src/evidence/recent-predictions.ts';
import { encodePng } from '../../src/image/encode-png.ts';
import type { ArtifactStore } from '../../src/repository/stores/artifact-store.ts';
import { createMemoryStore } from '../../src/repository/stores/memory-store.ts';
import { aCall, anImage, manifestWith } from './a-call.ts';

const png = await encodePng(Uint8Array.of(1, 2, 3, 4), { width: 2, height: 2, channels: 1 });
const classes = manifestWith({}).signature.classes;

/** One server, with a log in the store if there is one. */
function openServer(store?: ArtifactStore, capacity = 100) {
  const recent = createRecentPredictions(capacity);
  const accuracy = createLiveAccuracy();
  const log =
    store &&
    createPredictionLog({
      store,
      share: 1,
      images: 'all',
      redacted: new Set(),
      flushMs: 60_000,
      flushBytes: 1e6,
      bufferBytes: 1e6,
    });
  const feedback = createFeedback({
    recent,
    accuracy,
    logged: store && log && { store, log },
    classesOf: async (_, version) => (version === 1 ? classes : undefined),
  });
  const predict = (image = anImage({ file: png })) => {
    const call = aCall([image]);
    recent.add(call);
    log?.record(call);
    return `${call.id}.0`;
  };
  const give = (id: string, truth: string, model = 'digits') =>
    feedback.give({ id, class: truth, model });
  const counts = () => accuracy.samples().map(({ right, wrong }) => [right, wrong]);
  return { feedback, recent, log, predict, give, counts };
}

const notFound = { code: 'GLIMPSE_PREDICTION_NOT_FOUND', statusCode: 404 };

async function labelled(store: ArtifactStore) {
  const found = [];
  for await (const each of readLabelled(store, 'digits')) found.push(each);
  return found;
}

describe('feedback', () => {
  it('counts right and wrong answers of a version, the same twice once, and the last word of several', async () => {
    const { predict, give, counts } = openServer();
    const [first, second] = [predict(), predict()];
    expect(await give(first, 'left')).toEqual({
      id: first,
      model: 'digits',
      version: 1,
      predicted: 'left',
      class: 'left',
      before: undefined,
      stored: 'no',
    });
    expect(await give(first, 'left')).toMatchObject({ before: 'left' });
    await give(second.slice(0, 36), 'dark');
    expect(counts()).toEqual([[1, 1]]);
    expect(await give(second, 'left')).toMatchObject({ before: 'dark' });
    expect(counts()).toEqual([[2, 0]]);
  });

  it('writes the log before its time only for a prediction that is not written yet', async () => {
    const store = createMemoryStore();
    const { predict, give, log } = openServer(store);
    const objects = async () => (await store.list('predictions')).length;
    const first = predict();
    expect(log!.holds(first)).toBe(true);
    expect(await give(first, 'left')).toMatchObject({ stored: 'image' });
    expect(log!.holds(first)).toBe(false);
    expect(await objects()).toBe(1);
    const second = predict();
    await give(first, 'dark');
    expect([log!.holds(second), await objects()]).toEqual([true, 1]);
  });

  it('is refused for what is no prediction, of another model, or no class', async () => {
    const { predict, give, counts } = openServer();
    const id = predict();
    const unknown = `${aCall().id}.0`;
    for (const wrong of ['x', unknown, id.replace('.0', '.1')]) {
      await expect(give(wrong, 'left')).rejects.toMatchObject(notFound);
    }
    await expect(give(id, 'left', 'other')).rejects.toMatchObject(notFound);
    await expect(give(id, 'cat')).rejects.toMatchObject({
      code: 'GLIMPSE_CLASS_NOT_FOUND',
      details: { classes },
    });
    expect(counts()).toEqual([]);
  });

  it('finds only the last predictions without a log', async () => {
    const { predict, give } = openServer(undefined, 2);
    const [first, , third] = [predict(), predict(), predict()];
    await expect(give(first, 'left')).rejects.toMatchObject(notFound);
    await give(third, 'left');
    const { predict: forgotten, give: told } = openServer(undefined, 0);
    await expect(told(forgotten(), 'left')).rejects.toMatchObject(notFound);
  });

  it('is stored with a copy of the image, under the id, once and with its last word', async () => {
    const store = createMemoryStore();
    const { predict, give } = openServer(store);
    const id = predict();
    expect(await give(id, 'dark')).toMatchObject({ stored: 'image' });
    await give(id, 'left');
    const [only, ...others] = await labelled(store);
    expect(others).toEqual([]);
    expect(only!.label).toMatchObject({ id, predicted: 'left', class: 'left', hasImage: true });
    expect(Buffer.from(only!.image!)).toEqual(png);
    const pixels = predict(anImage());
    expect(await give(pixels, 'left')).toMatchObject({ stored: 'label' });
  });

  it('reaches predictions of other servers and earlier processes through the log', async () => {
    const store = createMemoryStore();
    const [one, other] = [openServer(store), openServer(store)];
    const id = one.predict();
    await expect(other.give(id, 'dark')).rejects.toMatchObject(notFound);
    await one.log!.flush();
    expect(await other.give(id, 'dark')).toMatchObject({ before: undefined, stored: 'image' });
    // The first has not counted it, and does not count it again.
    expect(await one.give(id, 'dark')).toMatchObject({ before: 'dark' });
    expect([one.counts(), other.counts()]).toEqual([[], [[0, 1]]]);
  });

  it('counts nothing that could not be stored', async () => {
    const store = createMemoryStore();
    const { predict, give, counts, log } = openServer({
      ...store,
      write: async (key, ...rest) => {
        if (key.startsWith('feedback/')) throw new Error('away');
        return store.write(key, ...rest);
      },
    });
    const id = predict();
    await log!.flush();
    await expect(give(id, 'left')).rejects.toThrow('away');
    expect(counts()).toEqual([]);
  });

  it('gives one of two at once about the same prediction the first word', async () => {
    const store = createMemoryStore();
    const { predict, give, counts } = openServer(store);
    const id = predict();
    const given = await Promise.all(Array.from({ length: 8 }, () => give(id, 'left')));
    expect(given.filter(({ before }) => before === undefined)).toHaveLength(1);
    expect(counts()).toEqual([[1, 0]]);
  });

  it('refuses a flood', async () => {
    const { predict, give } = openServer();
    const id = predict();
    const all = await Promise.allSettled(Array.from({ length: 200 }, () => give(id, 'left')));
    const refused = all.filter(({ status }) => status === 'rejected');
    expect(refused.length).toBeGreaterThan(100);
    expect(refused[0]).toMatchObject({ reason: { code: 'GLIMPSE_RATE_LIMITED' } });
  });
});

describe('the image of a prediction', () => {
  it('is read from the log, with its type', async () => {
    const { predict, feedback } = openServer(createMemoryStore());
    expect(await feedback.image('digits', predict())).toEqual({ bytes: png, type: 'image/png' });
    await expect(feedback.image('digits', predict(anImage()))).rejects.toMatchObject({
      code: 'GLIMPSE_PREDICTION_IMAGE_NOT_FOUND',
    });
    await expect(openServer().feedback.image('digits', predict())).rejects.toMatchObject({
      code: 'GLIMPSE_NO_PREDICTION_LOG',
    });
  });
});
