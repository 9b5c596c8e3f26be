import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openImages, openRepository } from '../../../src/compose/open.ts';
import { readConfig } from '../../../src/config.ts';
import type { UploadedFile } from '../../../src/datasets/spec.ts';
import type { ImagePreparer } from '../../../src/image/prepare-image.ts';
import { layOutUpload } from '../../../src/publishing/uploads/lay-out-upload.ts';
import { bindPublishUpload } from '../../../src/publishing/uploads/publish-upload.ts';
import type { Manifest } from '../../../src/repository/manifest.ts';
import type { Repository } from '../../../src/repository/repository.ts';
import { withExternalData } from '../../support/external-onnx.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { tinyModel } from '../../support/tiny-onnx.ts';
import { tinyDraft } from '../../support/tiny-version.ts';
import { zip, type ZipEntry } from '../../support/zip.ts';

vi.setConfig({ testTimeout: 60_000 });

const limits = { maxEntries: 100, maxBytes: 10_000_000, maxRatio: 50 };
let count = 0;

async function sent(...files: [part: string, name: string, bytes: Uint8Array][]) {
  const folder = await temporaryFolder();
  const uploads: UploadedFile[] = [];
  for (const [part, name, bytes] of files) {
    const file = join(folder, String((count += 1)));
    await writeFile(file, bytes);
    uploads.push({ part, name, file });
  }
  return { folder, uploads };
}
const laidOut = async (...files: Parameters<typeof sent>) => {
  const { folder, uploads } = await sent(...files);
  return layOutUpload(uploads, join(folder, 'upload'), limits);
};
const zipped = (...entries: ZipEntry[]) => laidOut(['model', 'a.zip', zip(entries)]);
const model = { name: 'net.onnx', data: tinyModel() };

describe('an uploaded model', () => {
  const { graph, data } = withExternalData(tinyModel(), 'weights/net.bin');

  it.each(['net.bin', 'weights/net.bin', String.raw`C:\export\net.bin`])(
    'finds its weights where its graph looks for them: sent as %s',
    async (name) => {
      const found = await laidOut(['model', 'net.onnx', graph], ['data', name, data]);
      if (!('model' in found)) throw new Error('no model');
      const weights = await readFile(join(found.model, '../weights/net.bin'));
      expect(weights.equals(data)).toBe(true);
      expect(found.name).toBe('net.onnx');
    },
  );

  it('is laid out again where an attempt that died has left files', async () => {
    const sentFiles = [
      ['model', 'net.onnx', tinyModel()],
      ['model', 'net.zip', zip([model])],
    ] as const;
    for (const file of sentFiles) {
      const { folder, uploads } = await sent([...file]);
      const place = join(folder, 'upload');
      await mkdir(join(place, 'sent'), { recursive: true });
      for (const left of ['model.onnx', 'net.onnx', 'stray']) {
        await writeFile(join(place, 'sent', left), 'half');
      }
      const found = await layOutUpload(uploads, place, limits);
      if (!('model' in found)) throw new Error('no model');
      expect((await readFile(found.model)).equals(tinyModel())).toBe(true);
      expect(await readdir(join(place, 'sent'))).toHaveLength(1);
    }
  });

  it('refuses files that its graph does not look for, and places outside of its folder', async () => {
    await expect(laidOut(['model', 'a', graph], ['data', 'other.bin', data])).rejects.toThrow(
      /looks for no file "other\.bin", but for "weights\/net\.bin"/,
    );
    const outside = withExternalData(tinyModel(), '../net.bin');
    await expect(
      laidOut(['model', 'a', outside.graph], ['data', 'net.bin', outside.data]),
    ).rejects.toMatchObject({ code: 'GLIMPSE_MODEL_INVALID' });
    await expect(
      laidOut(['model', 'a', Buffer.from('GIF89a')], ['data', 'b', data]),
    ).rejects.toMatchObject({
      code: 'GLIMPSE_MODEL_INVALID',
    });
  });

  it('may come in a ZIP file, with its weights and in a folder', async () => {
    const found = await zipped(
      { name: 'export/net.onnx', data: graph },
      { name: 'export/weights/net.bin', data },
    );
    if (!('model' in found)) throw new Error('no model');
    expect((await readFile(join(found.model, '../weights/net.bin'))).equals(data)).toBe(true);
  });

  it.each([
    ['model.json', ['model.json', 'group1-shard1of1.bin']],
    ['frozen.pb', ['frozen.pb', 'labels.txt']],
    ['net.onnx', ['model.json', 'net.onnx', 'other.pb']],
  ])('is the file %s of a ZIP file with %j', async (name, names) => {
    const found = await zipped(...names.map((one) => ({ name: `export/${one}`, data: one })));
    if (!('model' in found)) throw new Error('no model');
    expect(await readFile(found.model, 'utf8')).toBe(name);
    expect(await readdir(join(found.model, '..'))).toEqual(names.toSorted());
  });

  it('is left packed when it is one of Keras, whose files are ZIP files', async () => {
    const entries = ['config.json', 'metadata.json', 'model.weights.h5'];
    const found = await zipped(...entries.map((name) => ({ name, data: '{}' })));
    expect(found).toMatchObject({ name: 'a.zip', model: expect.stringMatching(/\d+$/) });
  });

  it.each<[string, ZipEntry[], object]>([
    ['leaves its folder', [model, { name: '../x', data: 'x' }], { code: 'GLIMPSE_ARCHIVE_UNSAFE' }],
    [
      'has a link',
      [model, { name: 'x', data: '/etc/passwd', mode: 0o120777 }],
      { code: 'GLIMPSE_ARCHIVE_UNSAFE' },
    ],
    [
      'is a bomb',
      [model, { name: 'x', data: Buffer.alloc(6_000_000) }],
      { code: 'GLIMPSE_ARCHIVE_TOO_LARGE' },
    ],
    ['lies about a size', [{ ...model, declaredSize: 10 }], { code: 'GLIMPSE_DATASET_INVALID' }],
    ['holds no model', [{ name: 'x.txt', data: 'x' }], { code: 'GLIMPSE_MODEL_INVALID' }],
    [
      'holds two',
      [model, { ...model, name: 'b.onnx' }],
      { message: expect.stringContaining('several models: b.onnx, net.onnx') },
    ],
  ])('is refused when its ZIP file %s', async (_what, entries, error) => {
    await expect(zipped(...entries)).rejects.toMatchObject(error);
  });
});

describe('an uploaded version folder', () => {
  let root: string;
  let repository: Repository;
  let images: ImagePreparer;
  let publish: ReturnType<typeof bindPublishUpload>;
  let entries: ZipEntry[];
  let original: Manifest;

  beforeAll(async () => {
    root = await temporaryFolder();
    const config = readConfig({
      GLIMPSE_REPOSITORY: join(root, 'models'),
      GLIMPSE_DATA_DIR: join(root, 'data'),
    });
    repository = openRepository(config);
    images = openImages(config);
    publish = bindPublishUpload({ repository, images, config });
    const draft = await tinyDraft();
    original = await repository.publish(draft);
    const names = [...original.files.map(({ path }) => path), 'manifest.json'];
    const place = (name: string): string => join(root, 'models', original.model, '1', name);
    entries = await Promise.all(
      names.map(async (name) => ({ name: `1/${name}`, data: await readFile(place(name)) })),
    );
  });
  afterAll(async () => {
    await images.close();
    await repository.close();
  });

  async function upload(changed: ZipEntry[], request: object = {}) {
    const { folder, uploads } = await sent(['model', 'version.zip', zip(changed)]);
    const jobDir = join(folder, 'job');
    await mkdir(jobDir);
    const { signal } = new AbortController();
    const stages: string[] = [];
    const outcome = await publish(
      { model: 'copy', ...request },
      {
        uploads,
        jobDir,
        job: `job${count}`,
        signal,
        report: (event) => void stages.push(event.type),
      },
    );
    return { ...outcome, stages };
  }

  it('becomes the next version with its own signature, pixels, golden samples and lineage', async () => {
    expect(await upload(entries, { source: 'staging' })).toMatchObject({
      version: 1,
      release: { decision: 'promoted' },
      stages: ['stage', 'stage'],
    });
    const copy = await repository.manifest('copy', 1);
    for (const field of ['signature', 'preprocessing', 'golden', 'files', 'metrics'] as const) {
      expect(copy[field]).toEqual(original[field]);
    }
    expect(copy.lineage).toMatchObject({ ...original.lineage, source: 'staging' });
  });

  it('is refused when a file is another one, is missing, or no manifest is there', async () => {
    const last = entries.length - 1;
    const swapped = entries.with(0, { ...entries[0]!, data: tinyModel({ shift: 9 }) });
    await expect(upload(swapped)).rejects.toMatchObject({ code: 'GLIMPSE_CHECKSUM_MISMATCH' });
    await expect(upload(entries.slice(1))).rejects.toMatchObject({ code: 'GLIMPSE_FILE_MISSING' });
    const broken = entries.with(last, { ...entries[last]!, data: '{"model"' });
    await expect(upload(broken)).rejects.toMatchObject({ code: 'GLIMPSE_MANIFEST_INVALID' });
    expect(await repository.versions('copy')).toEqual([1]);
  });

  it('is refused when the request says what its manifest does', async () => {
    const said = { classes: ['a', 'b'], minScore: 0.5, outputKind: 'logits' as const };
    await expect(upload(entries, said)).rejects.toMatchObject({
      code: 'GLIMPSE_MODEL_UNCLEAR',
      message: expect.stringContaining('leave out classes, outputKind, minScore'),
    });
    await expect(upload(entries, { quantise: {} })).rejects.toMatchObject({
      code: 'GLIMPSE_NOT_QUANTISABLE',
    });
    expect(await repository.versions('copy')).toEqual([1]);
  });
});
