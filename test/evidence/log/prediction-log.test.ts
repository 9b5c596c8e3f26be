import { createHash } from 'node:crypto';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { parseLines } from '../../../src/evidence/log/log-line.ts';
import {
  createPredictionLog,
  type PredictionLogOptions,
} from '../../../src/evidence/log/prediction-log.ts';
import type { ArtifactStore } from '../../../src/repository/stores/artifact-store.ts';
import { createMemoryStore } from '../../../src/repository/stores/memory-store.ts';
import { aCall, anImage, manifestWith } from '../a-call.ts';

const time = Date.UTC(2026, 10, 27, 20, 46);
const file = Buffer.from('an image');
const digest = createHash('sha256').update(file).digest('hex');

function openLog(changes: Partial<PredictionLogOptions> = {}) {
  const store: ArtifactStore = changes.store ?? createMemoryStore();
  const told: unknown[] = [];
  const log = createPredictionLog({
    store,
    share: 1,
    images: 'none',
    redacted: new Set(),
    flushMs: 10_000,
    flushBytes: 1_000_000,
    bufferBytes: 1_000_000,
    ...changes,
    on: {
      onWritten: (lines) => told.push(['written', lines]),
      onDropped: (reason, lines) => told.push([reason, lines]),
      onFailure: () => told.push('failure'),
    },
  });
  const keys = async () => (await store.list('')).map(({ key }) => key).toSorted();
  const lines = async () => {
    const objects = (await keys()).filter((key) => key.endsWith('.ndjson'));
    const bodies = objects.map(async (key) => {
      const found = await store.read(key);
      return typeof found === 'object' ? parseLines(found.body) : [];
    });
    return (await Promise.all(bodies)).flat();
  };
  return { store, told, log, keys, lines };
}

afterEach(() => {
  vi.useRealTimers();
});

/** Which folders were written to, and which images two calls of the same image name. */
async function keptOf(images: PredictionLogOptions['images'], image = anImage({ file })) {
  const store = createMemoryStore();
  const written: string[] = [];
  const write: ArtifactStore['write'] = (key, ...rest) => {
    written.push(key.split('/')[0]!);
    return store.write(key, ...rest);
  };
  const { log, lines } = openLog({ store: { ...store, write }, images });
  for (const at of [0, 1]) log.record(aCall([image], manifestWith({}), time + at));
  await log.flush();
  return [written, (await lines()).map((line) => line.image)];
}

describe('the prediction log', () => {
  it('writes a line for each image of a call, one object for a model', async () => {
    const { log, keys, lines, told } = openLog();
    const images = [anImage({ contrast: 0.25 }), anImage({ label: 'dark', warnings: ['blank'] })];
    const call = aCall(images, manifestWith({}), time);
    log.record(call);
    log.record(aCall([anImage()], manifestWith({ model: 'other' }), time + 5));
    expect(await keys()).toEqual([]);
    await log.flush();
    expect(await keys()).toEqual([
      expect.stringMatching(`^predictions/digits/2026-11-27/${time}-${time}-[0-9a-f]{8}-1.ndjson$`),
      expect.stringMatching(`^predictions/other/2026-11-27/${time + 5}-`),
    ]);
    const [first, second] = await lines();
    const marks = { damaged: false, icc: false, alpha: false, enlarged: 1, cropped: false };
    expect(first).toEqual({
      id: `${call.id}.0`,
      time: '2026-11-27T20:46:00.000Z',
      model: 'digits',
      version: 1,
      class: 'left',
      score: 0.9,
      warnings: [],
      provenance: { format: 'pixels', ...marks },
      brightness: 0.5,
      contrast: 0.25,
      modelDigest: 'sha256:aa',
      preprocessingDigest: 'sha256:bb',
    });
    expect(second).toMatchObject({ id: `${call.id}.1`, class: 'dark', warnings: ['blank'] });
    expect(second).not.toHaveProperty('contrast');
    expect(told).toEqual([
      ['written', 2],
      ['written', 1],
    ]);
  });

  it('leaves out what is redacted', async () => {
    const { log, lines } = openLog({ redacted: new Set(['class', 'score', 'provenance']) });
    log.record(aCall([anImage({ contrast: 1 })]));
    await log.flush();
    const [line] = await lines();
    const left =
      'brightness contrast id model modelDigest preprocessingDigest time version warnings';
    expect(Object.keys(line!).toSorted()).toEqual(left.split(' '));
  });

  it('keeps images only when asked to, by their digest, once, and before their lines', async () => {
    const warned = anImage({ file, warnings: ['damaged'] });
    const both = [
      ['images', 'predictions'],
      [digest, digest],
    ];
    const none = [['predictions'], [undefined, undefined]];
    expect(await keptOf('none', warned)).toEqual(none);
    expect(await keptOf('warned')).toEqual(none);
    expect(await keptOf('warned', warned)).toEqual(both);
    expect(await keptOf('all')).toEqual(both);
    expect(await keptOf('all', anImage())).toEqual(none);
    const { log, store } = openLog({ images: 'all' });
    log.record(aCall([warned], manifestWith({}), time));
    await log.flush();
    const found = await store.read(`images/digits/2026-11-27/${digest}`);
    expect(typeof found === 'object' && Buffer.from(found.body)).toEqual(file);
  });

  it('has a copy of an image, which its caller may overwrite, and none of a huge one', async () => {
    const { log, store, lines } = openLog({ images: 'all', bufferBytes: 1e8 });
    const own = Buffer.from(file);
    const huge = new Uint8Array(5 * 1024 * 1024);
    log.record(aCall([anImage({ file: own }), anImage({ file: huge })]));
    own.fill(0);
    await log.flush();
    const [first, second] = await lines();
    expect(second).not.toHaveProperty('image');
    expect(first!.image).toBe(digest);
    expect((await store.list('images')).map(({ size }) => size)).toEqual([file.length]);
  });

  it('has written all that was recorded when a flush is over, also while another one runs', async () => {
    const { log, lines } = openLog();
    log.record(aCall());
    const first = log.flush();
    log.record(aCall());
    await log.flush();
    expect(await lines()).toHaveLength(2);
    await first;
  });

  it('writes an image again once it was told that objects were removed', async () => {
    const { log, store } = openLog({ images: 'all' });
    const record = async () => {
      log.record(aCall([anImage({ file })], manifestWith({}), time));
      await log.flush();
    };
    await record();
    const key = `images/digits/2026-11-27/${digest}`;
    await store.remove(key);
    await record();
    expect(await store.read(key)).toBeUndefined();
    log.forgetImages();
    await record();
    expect(await store.read(key)).toBeDefined();
  });

  it('records the share of calls that it was told', () => {
    const draws = [0.1, 0.29, 0.3, 0.9];
    const { log, told } = openLog({ share: 0.3, random: () => draws.shift()!, bufferBytes: 0 });
    for (let at = 0; at < 4; at += 1) log.record(aCall());
    expect(told).toEqual([
      ['full', 1],
      ['full', 1],
    ]);
  });

  it('is written by itself after its time, and at once when much waits', async () => {
    vi.useFakeTimers();
    const { log, keys } = openLog({ flushBytes: 1300 });
    log.record(aCall());
    await vi.advanceTimersByTimeAsync(9_999);
    expect(await keys()).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(1);
    expect(await keys()).toHaveLength(1);
    for (let at = 0; at < 3; at += 1) log.record(aCall());
    await vi.advanceTimersByTimeAsync(0);
    expect(await keys()).toHaveLength(2);
    expect(vi.getTimerCount()).toBe(0);
  });
});

const awayStore = () => {
  const store = createMemoryStore();
  const state = { isAway: true };
  const write: ArtifactStore['write'] = async (...args) => {
    if (state.isAway) throw new Error('away');
    return store.write(...args);
  };
  return { state, store: { ...store, write } };
};

describe('the prediction log while its store is away', () => {
  it('keeps what fits, counts what does not, tries ever more rarely, and writes it all then', async () => {
    vi.useFakeTimers();
    const { state, store } = awayStore();
    const { log, told, lines } = openLog({ store, bufferBytes: 1800 });
    const failures = () => told.filter((one) => one === 'failure').length;
    for (let at = 0; at < 5; at += 1) log.record(aCall());
    expect(told).toEqual([
      ['full', 1],
      ['full', 1],
    ]);
    await vi.advanceTimersByTimeAsync(10_000 + 20_000 + 40_000 - 1);
    expect(failures()).toBe(2);
    await vi.advanceTimersByTimeAsync(1);
    expect(failures()).toBe(3);
    state.isAway = false;
    await vi.advanceTimersByTimeAsync(80_000);
    expect(await lines()).toHaveLength(3);
    log.record(aCall());
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await lines()).toHaveLength(4);
  });

  it('counts at its end what it could not write, and takes nothing more', async () => {
    const { store } = awayStore();
    const { log, told } = openLog({ store });
    log.record(aCall());
    await log.close();
    log.record(aCall());
    expect(told.at(-1)).toEqual(['closed', 1]);
  });
});
