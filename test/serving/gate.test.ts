import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { inkless, letters, type Square } from '../../scripts/drawing/not-digits.ts';
import { createCancellation } from '../../src/cancellation.ts';
import { openPredictor, type LocalPredictor } from '../../src/compose/serving.ts';
import { readConfig } from '../../src/config.ts';
import { encodePng } from '../../src/image/encode-png.ts';
import { openRepository } from '../../src/compose/open.ts';
import { createRandom } from '../../src/random.ts';
import type { Instance } from '../../src/serving/prepare-instances.ts';
import { mnistPreprocessing } from '../../src/preprocessing/contract-one.ts';
import { handwritingGate, type Gate } from '../../src/signature.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** The shipped net behind gates of our own; image room, registry and runtime are the real ones. */
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const root = join(import.meta.dirname, '..', '..');
const gates = {
  whole: { ...handwritingGate, minScore: 0.9 },
  older: undefined,
  strict: { minContrast: 1, minScore: 1 },
  'sure-enough': { minScore: 0.9 },
} as const satisfies Record<string, Gate | undefined>;

let local: LocalPredictor;

beforeAll(async () => {
  const folder = await temporaryFolder();
  const config = readConfig({
    GLIMPSE_REPOSITORY: join(folder, 'models'),
    GLIMPSE_DATA_DIR: join(folder, 'data'),
    GLIMPSE_DEFAULT_MODEL: 'whole',
    GLIMPSE_CANONICALISE_THREADS: '1',
  });
  const repository = openRepository(config);
  for (const [model, gate] of Object.entries(gates)) {
    await repository.publish({
      model,
      runtime: 'onnx',
      entry: 'model.onnx',
      signature: {
        input: { name: 'image', dtype: 'float32', layout: 'NCHW', shape: [1, 28, 28] },
        output: { name: 'logits', kind: 'logits' },
        classes: Array.from('0123456789'),
      },
      preprocessing: mnistPreprocessing,
      golden: [],
      lineage: {},
      metrics: {},
      files: new Map([['model.onnx', readFileSync(join(root, 'models/digits/1/model.onnx'))]]),
      ...(gate && { gate }),
    });
  }
  await repository.close();
  local = await openPredictor(config, pino({ level: 'silent' }));
});
afterAll(() => local.close());

async function warnings(instances: readonly Instance[], model: keyof typeof gates = 'whole') {
  const { predictions } = await local.predictor.predict({
    model,
    instances,
    topK: 1,
    partial: false,
    cancellation: createCancellation(),
  });
  return predictions.map((each) => ('error' in each ? [each.error.code] : (each.warnings ?? [])));
}

/** Five of a kind, as PNG files of 200 x 200 or as JSON pixels of the model's own size. */
async function drawn(draw: Square, form: 'png' | 'json'): Promise<Instance[]> {
  const random = createRandom(5);
  return Promise.all(
    Array.from({ length: 5 }, async () => {
      if (form === 'json') return { kind: 'pixels', values: [...draw(random, 28)] } as const;
      const size = { width: 200, height: 200, channels: 1 } as const;
      return { kind: 'image', bytes: await encodePng(draw(random, 200), size) } as const;
    }),
  );
}

const filesIn = (folder: string): Instance[] =>
  readdirSync(join(root, folder)).map((name) => ({
    kind: 'image',
    bytes: readFileSync(join(root, folder, name)),
  }));

describe('a digit', () => {
  it.each(['samples/photos', 'samples/golden'])('of %s carries no warning', async (folder) => {
    const images = filesIn(folder);
    expect(images.length).toBeGreaterThan(9);
    expect((await warnings(images)).flat()).toEqual([]);
  });
});

describe('an image without ink', () => {
  it.each([
    ['blank paper', 'png', 'blank'],
    ['blank paper', 'json', 'blank'],
    ['noisy blank paper', 'png', /^(blank|no_ink)$/],
    ['noisy blank paper', 'json', 'no_ink'],
    ['gaussian noise', 'png', 'no_ink'],
    ['gaussian noise', 'json', 'no_ink'],
    ['uniform noise', 'png', 'no_ink'],
    ['uniform noise', 'json', 'no_ink'],
    ['smooth gradient', 'png', 'blank'],
    ['smooth gradient', 'json', 'no_ink'],
  ] as const)('(%s, as %s) is told from a digit: %s', async (name, form, expected) => {
    const found = await warnings(await drawn(inkless[name]!, form));
    for (const [first] of found) expect(first).toMatch(expected);
  });

  it('is mostly told from a digit when it has soft blobs, which no threshold parts from ink', async () => {
    const found = await warnings(await drawn(inkless['soft blobs']!, 'png'));
    expect(found.filter((each) => each.length > 0).length).toBeGreaterThanOrEqual(3);
  });

  it('is not refused: it gets its class and scores like any other', async () => {
    const [first] = await warnings(await drawn(inkless['blank paper']!, 'png'), 'older');
    expect(first).toEqual([]);
  });
});

describe('a letter', () => {
  it('is ink, so it can at most be uncertain', async () => {
    const found = (await warnings(await drawn(letters, 'png'))).flat();
    expect(found.filter((each) => each !== 'uncertain')).toEqual([]);
  });
});

describe('the gate of a manifest', () => {
  it('decides: the same images carry other warnings under other thresholds', async () => {
    const golden = filesIn('samples/golden');
    const noise = await drawn(inkless['uniform noise']!, 'json');
    expect((await warnings(golden, 'strict')).every((each) => each.includes('uncertain'))).toBe(
      true,
    );
    const ink = (await warnings(noise, 'sure-enough')).flat();
    expect(ink.filter((each) => each !== 'uncertain')).toEqual([]);
  });

  it('may be missing, as in older manifests: nothing is warned of', async () => {
    const noise = await drawn(inkless['uniform noise']!, 'json');
    expect((await warnings(noise, 'older')).flat()).toEqual([]);
  });

  it.each([1, 2])('of the shipped version %d names all three thresholds', (version) => {
    const manifest: unknown = JSON.parse(
      readFileSync(join(root, `models/digits/${version}/manifest.json`), 'utf8'),
    );
    expect(manifest).toMatchObject({
      gate: { ...handwritingGate, minScore: expect.any(Number) },
    });
  });
});
