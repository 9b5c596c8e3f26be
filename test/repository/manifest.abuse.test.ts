import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ArtifactStore } from '../../src/repository/stores/artifact-store.ts';
import type { Manifest } from '../../src/repository/manifest.ts';
import { createMemoryStore } from '../../src/repository/stores/memory-store.ts';
import { createRepository } from '../../src/repository/model-repository.ts';
import type { Repository, VersionDraft } from '../../src/repository/repository.ts';
import { mnistPreprocessing } from '../../src/preprocessing/contract-one.ts';
import { aDraft } from '../support/drafts.ts';

let cacheDir: string;
let store: ArtifactStore;
let repository: Repository;
beforeAll(async () => {
  cacheDir = await mkdtemp(join(tmpdir(), 'glimpse-abuse-'));
});
afterAll(() => rm(cacheDir, { recursive: true, force: true }));
beforeEach(() => {
  store = createMemoryStore();
  repository = createRepository({ store, cacheDir, maxArtifactBytes: 1_000 });
});

const one = { edges: [], counts: [1] };
const baselineOf = ({ signature: { classes } }: Manifest) => ({
  examples: 1,
  classes: classes.map((_, at) => Number(at === 0)),
  confidence: one,
  brightness: one,
});
const invalid = { code: 'GLIMPSE_MANIFEST_INVALID', statusCode: 422 };

/** Publishes, then replaces the manifest by what `change` makes of it. */
const bend = async (change: (manifest: Manifest) => unknown): Promise<void> => {
  const manifest = await repository.publish(aDraft());
  const text = JSON.stringify(change(manifest));
  await store.write('digits/1/manifest.json', Buffer.from(text));
};
const withFile = (path: string) => (manifest: Manifest) => ({
  ...manifest,
  files: [...manifest.files, { path, size: 1, sha256: 'a'.repeat(64) }],
});

const nothingWritten = async (): Promise<void> => expect(await store.list('')).toEqual([]);

const withType = (manifest: Manifest, dtype: 'uint8' | 'float16'): Manifest => {
  const { signature } = manifest;
  return { ...manifest, signature: { ...signature, input: { ...signature.input, dtype } } };
};

describe('a manifest somebody else wrote', () => {
  it.each([
    '../escape',
    '../../labels.json',
    'a/../../b',
    '/etc/passwd',
    'C:\\windows',
    'a\\..\\b',
    './model.onnx',
    'a//b',
    'a/',
    '.hidden',
    'nul\0l',
    '_claim.json',
    'manifest.json',
    'model.onnx',
    'model.onnx/inside',
  ])('is refused when it names the file %j, before anything is downloaded', async (path) => {
    await bend(withFile(path));
    await expect(repository.open('digits', 1)).rejects.toMatchObject(invalid);
    await expect(repository.manifest('digits', 1)).rejects.toMatchObject(invalid);
    expect(await readdir(cacheDir)).toEqual([]);
  });

  const faults: [string, (manifest: Manifest) => unknown, RegExp][] = [
    ['is of another model', (m) => ({ ...m, model: 'letters' }), /it is of letters\/1/],
    ['is of another version', (m) => ({ ...m, version: 2 }), /it is of digits\/2/],
    ['has a format to come', (m) => ({ ...m, formatVersion: 2 }), /formatVersion is not 1/],
    ['has a key nobody knows', (m) => ({ ...m, extra: true }), /\/extra is not known/],
    ['misses its files', (m) => ({ ...m, files: undefined }), /files/],
    ['has no file', (m) => ({ ...m, files: [] }), /files/],
    [
      'has an entry among no files',
      (m) => ({ ...m, entry: 'other.onnx' }),
      /its entry "other.onnx"/,
    ],
    [
      'has a digest that is none',
      (m) => ({ ...m, files: [{ ...m.files[0]!, sha256: 'x' }] }),
      /sha256/,
    ],
    ['has a negative size', (m) => ({ ...m, files: [{ ...m.files[0]!, size: -1 }] }), /size/],
    ['has a date that is none', (m) => ({ ...m, createdAt: 'yesterday' }), /createdAt/],
    ['has a threshold above one', (m) => ({ ...m, gate: { minScore: 1.5 } }), /gate\/minScore/],
    ['has a threshold nobody knows', (m) => ({ ...m, gate: { minLuck: 0.5 } }), /minLuck/],
    [
      'has a baseline of other classes',
      (m) => ({ ...m, baseline: { examples: 1, classes: [1], confidence: one, brightness: one } }),
      /one count for each class/,
    ],
    [
      'has a histogram without the last bin',
      (m) => ({ ...m, baseline: { ...baselineOf(m), contrast: { edges: [1], counts: [1] } } }),
      /has no bins/,
    ],
    [
      'has a histogram whose edges do not ascend',
      (m) => ({
        ...m,
        baseline: { ...baselineOf(m), brightness: { edges: [1, 1], counts: [1, 1, 1] } },
      }),
      /has no bins/,
    ],
    [
      'keeps examples in a file that it does not name',
      (m) => ({ ...m, keptExamples: { file: 'examples.bin', count: 1, features: 1 } }),
      /the file of its examples, "examples.bin", is not among its files/,
    ],
    [
      'asks about ink that nobody looks for',
      (m) => ({
        ...m,
        preprocessing: { ...m.preprocessing, canonicalise: 'none' },
        gate: { minContrast: 0.05 },
      }),
      /its gate asks about ink/,
    ],
    ['is a list', (m) => [m], /./],
    ['is null', () => null, /./],
    ['is a text', () => 'digits', /./],
  ];
  it('is read with a baseline, as without one', async () => {
    await bend((m) => ({ ...m, baseline: { ...baselineOf(m), contrast: one } }));
    expect((await repository.manifest('digits', 1)).baseline).toMatchObject({ contrast: one });
  });

  it.each(faults)('is refused when it %s', async (_, change, words) => {
    await bend(change);
    await expect(repository.manifest('digits', 1)).rejects.toMatchObject({
      ...invalid,
      message: expect.stringMatching(words),
      details: { model: 'digits', version: 1, reason: expect.any(String) },
    });
  });

  const signatureFaults: [string, (manifest: Manifest) => unknown][] = [
    [
      'classes are named twice',
      (m) => ({ ...m, signature: { ...m.signature, classes: ['0', '1', '1'] } }),
    ],
    [
      'mean is of another number of channels',
      (m) => ({ ...m, preprocessing: { ...m.preprocessing, mean: [0, 0, 0] } }),
    ],
    ['std is zero', (m) => ({ ...m, preprocessing: { ...m.preprocessing, std: [0] } })],
    [
      'one channel is said to be rgb',
      (m) => ({ ...m, preprocessing: { ...m.preprocessing, colourSpace: 'rgb' } }),
    ],
    [
      'width differs from the input shape',
      (m) => ({ ...m, preprocessing: { ...m.preprocessing, width: 32 } }),
    ],
    ['input takes bytes, and the preprocessing scales them', (m) => withType(m, 'uint8')],
    [
      'runtime is tensorflow, and its input half precision',
      (m) => ({ ...withType(m, 'float16'), runtime: 'tensorflow' }),
    ],
    [
      'a golden sample is of no class',
      (m) => ({ ...m, golden: [{ ...m.golden[0]!, label: '9' }] }),
    ],
    [
      'a golden sample lacks a score',
      (m) => ({ ...m, golden: [{ ...m.golden[0]!, scores: [1] }] }),
    ],
    [
      'a golden sample is no file',
      (m) => ({ ...m, golden: [{ ...m.golden[0]!, file: '../x.png' }] }),
    ],
  ];
  it.each(signatureFaults)('is refused when its %s', async (_, change) => {
    await bend(change);
    await expect(repository.open('digits', 1)).rejects.toMatchObject(invalid);
  });

  it.each([
    ['uint8', 1, 'onnx'],
    ['float16', 1 / 255, 'onnx'],
    ['uint8', 1, 'tensorflow'],
  ] as const)(
    'is read with an input of %s, whose pixels are scaled by %d, for the runtime %s',
    async (type, scale, runtime) => {
      await bend((m) => {
        const preprocessing = { ...m.preprocessing, scale };
        return withType({ ...m, runtime, preprocessing }, type);
      });
      const { signature } = await repository.manifest('digits', 1);
      expect(signature.input.dtype).toBe(type);
    },
  );

  it.each([
    ['is not UTF-8', Buffer.from([0xff, 0xfe, 0x00])],
    ['is empty', Buffer.alloc(0)],
    ['ends too early', Buffer.from('{"formatVersion": 1,')],
  ])('is refused when it %s', async (_, bytes) => {
    await store.write('digits/1/manifest.json', bytes);
    await expect(repository.manifest('digits', 1)).rejects.toMatchObject(invalid);
  });

  it('is refused when it is huge, without being taken into memory whole', async () => {
    await store.write('digits/1/manifest.json', Buffer.alloc(17 * 1024 * 1024, ' '));
    await expect(repository.manifest('digits', 1)).rejects.toMatchObject({
      code: 'GLIMPSE_OBJECT_TOO_LARGE',
    });
  });

  it.each([
    '{"production": "1"}',
    '{"production": 0}',
    '{"production": 1.5}',
    '[1]',
    '{',
    '{"../x": 1}',
  ])('or labels (%s) are refused, by readers and writers', async (text) => {
    await repository.publish(aDraft());
    await store.write('digits/labels.json', Buffer.from(text));
    await expect(repository.labels('digits')).rejects.toMatchObject(invalid);
    const change = { model: 'digits', label: 'production', version: 1 };
    await expect(repository.setLabel(change)).rejects.toMatchObject(invalid);
  });
});

describe('a draft that makes no sense', () => {
  const drafts: [string, Partial<VersionDraft>][] = [
    [
      'a file that leads out',
      { files: new Map([['../model.onnx', Buffer.from('x')]]), entry: '../model.onnx' },
    ],
    ['no files', { files: new Map() }],
    ['an entry that is no file', { entry: 'other.onnx' }],
    [
      'a file that is too large to be read back',
      { files: new Map([...aDraft().files, ['big', Buffer.alloc(1_001)]]) },
    ],
    ['a metric that is no number', { metrics: { accuracy: Number.NaN } }],
    ['three means for one channel', { preprocessing: { ...mnistPreprocessing, mean: [0, 0, 0] } }],
    ['one class', { signature: { ...aDraft().signature, classes: ['0'] } }],
  ];
  it.each(drafts)('is refused with %s, before it takes a number', async (_, changes) => {
    await expect(repository.publish(aDraft(changes))).rejects.toMatchObject(invalid);
    await nothingWritten();
  });

  it.each([
    '',
    '..',
    '.hidden',
    'a/b',
    'a b',
    '_probe',
    'é',
    'a'.repeat(65),
    '../../x',
    '-x',
    'a\nb',
  ])('is refused under the name %j, as model and as label', async (name) => {
    const badName = { code: 'GLIMPSE_BAD_NAME', statusCode: 400 };
    await expect(repository.publish(aDraft({ model: name }))).rejects.toMatchObject(badName);
    await expect(repository.publish(aDraft({ label: name }))).rejects.toMatchObject(badName);
    await expect(repository.versions(name)).rejects.toMatchObject(badName);
    await expect(repository.labels(name)).rejects.toMatchObject(badName);
    await expect(repository.manifest(name, 1)).rejects.toMatchObject(badName);
    const change = { model: 'digits', label: name, version: 1 };
    await expect(repository.setLabel(change)).rejects.toMatchObject(badName);
    await nothingWritten();
  });

  it.each([0, -1, 1.5, Number.NaN, Infinity, 2 ** 60])(
    'or a version number %d names no version',
    async (version) => {
      const refusal = { code: 'GLIMPSE_VERSION_NOT_FOUND' };
      await expect(repository.manifest('digits', version)).rejects.toMatchObject(refusal);
      await expect(repository.open('digits', version)).rejects.toMatchObject(refusal);
    },
  );

  it('is refused when a local file changes while it is published', async () => {
    const file = join(cacheDir, 'changing.onnx');
    await writeFile(file, 'before');
    const restless = {
      ...store,
      write: async (...order: Parameters<ArtifactStore['write']>) => {
        await writeFile(file, 'after!');
        return store.write(...order);
      },
    };
    const files = new Map([...aDraft().files, ['model.onnx', { file }] as const]);
    const publishing = createRepository({ store: restless, cacheDir, maxArtifactBytes: 1_000 });
    await expect(publishing.publish(aDraft({ files }))).rejects.toMatchObject({
      code: 'GLIMPSE_CHECKSUM_MISMATCH',
    });
    expect(await repository.versions('digits')).toEqual([]);
    await rm(file);
  });

  it('gives up when every number it tries is taken by somebody else', async () => {
    const crowded = { ...store, write: async () => 'conflict' as const };
    const publishing = createRepository({ store: crowded, cacheDir, maxArtifactBytes: 1_000 });
    await expect(publishing.publish(aDraft())).rejects.toMatchObject({
      code: 'GLIMPSE_PUBLISH_CONFLICT',
    });
    await nothingWritten();
  });

  it('does not mix with a manifest somebody put into its claimed number', async () => {
    const rival = Buffer.from('{"writerId": "a rival"}');
    const invaded = {
      ...store,
      write: async (...order: Parameters<ArtifactStore['write']>) => {
        if (order[0].endsWith('model.onnx')) await store.write('digits/1/manifest.json', rival);
        return store.write(...order);
      },
    };
    const publishing = createRepository({ store: invaded, cacheDir, maxArtifactBytes: 1_000 });
    await expect(publishing.publish(aDraft())).rejects.toMatchObject({
      code: 'GLIMPSE_PUBLISH_CONFLICT',
    });
    const found = await store.read('digits/1/manifest.json');
    expect(typeof found === 'object' && rival.equals(found.body)).toBe(true);
  });

  it('leaves a claim and no version when its caller leaves in the middle', async () => {
    const [left, reason] = [new AbortController(), new Error('left')];
    const impatient = {
      ...store,
      write: async (...order: Parameters<ArtifactStore['write']>) => {
        if (order[0].endsWith('model.onnx')) left.abort(reason);
        return store.write(...order);
      },
    };
    const publishing = createRepository({ store: impatient, cacheDir, maxArtifactBytes: 1_000 });
    await expect(publishing.publish(aDraft(), left.signal)).rejects.toBe(reason);
    expect(await repository.versions('digits')).toEqual([]);
    expect(await repository.publish(aDraft())).toMatchObject({ version: 2 });
  });
});
