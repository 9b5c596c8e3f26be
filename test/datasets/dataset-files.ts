import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { onTestFinished } from 'vitest';
import { createDiskStore } from '../../src/repository/stores/disk/disk-store.ts';
import { createRepository } from '../../src/repository/model-repository.ts';
import { createImagePreparer } from '../../src/image/prepare-image.ts';
import type { Preprocessing } from '../../src/preprocessing/contract.ts';
import { plainContract } from '../../src/preprocessing/presets.ts';
import type { DatasetSpec, UploadedFile } from '../../src/datasets/spec.ts';
import {
  createDatasetStreams,
  type StreamDataset,
} from '../../src/datasets/streaming/stream-dataset.ts';
import type { ArtifactStore } from '../../src/repository/stores/artifact-store.ts';
import type { Repository } from '../../src/repository/repository.ts';
import {
  createDatasetOpener,
  type DatasetLimits,
  type OpenedDataset,
} from '../../src/datasets/open.ts';

/** A folder of this test's own, removed afterwards. */
export async function temporaryFolder(): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'glimpse-training-')));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** An IDX file of bytes with these axes. */
export function idx(dimensions: readonly number[], bytes: Uint8Array): Buffer {
  const head = Buffer.alloc(4 + dimensions.length * 4);
  head.set([0, 0, 8, dimensions.length]);
  dimensions.forEach((size, axis) => head.writeUInt32BE(size, 4 + axis * 4));
  return Buffer.concat([head, bytes]);
}

export interface ReadOptions {
  readonly maxBadRows?: number;
  readonly limits?: Partial<DatasetLimits>;
  readonly uploads?: readonly UploadedFile[];
  readonly signal?: AbortSignal;
  readonly openStore?: (uri: string) => ArtifactStore;
  /** How images are prepared, besides being resized. */
  readonly preprocessing?: Partial<Preprocessing>;
}

/** A preparer of images for one test, closed afterwards. */
function imagesOf() {
  const images = createImagePreparer({
    limits: { maxBytes: 1_000_000, maxPixels: 1_000_000, maxFrames: 10 },
    concurrency: 2,
    queueSize: 100,
    threads: 1,
  });
  onTestFinished(() => images.close());
  return images;
}

/** An opener over one folder, with generous limits. */
export function openerOver(
  folder: string,
  limits: Partial<DatasetLimits> = {},
  openStore: (uri: string) => ArtifactStore = noStore,
  openRepository = () => repositoryIn(folder),
) {
  const roots = rootsOver(folder, openStore, openRepository);
  return createDatasetOpener(roots, { ...testLimits, ...limits }, imagesOf());
}

/** Streams over the same folder. */
export function streamsOver(
  folder: string,
  openStore: (uri: string) => ArtifactStore = noStore,
): StreamDataset {
  const roots = rootsOver(folder, openStore, () => repositoryIn(folder));
  return createDatasetStreams(roots, testLimits, imagesOf());
}

const testLimits: DatasetLimits = {
  maxExamples: 1000,
  maxBytes: 10_000_000,
  maxEntries: 1000,
  maxRatio: 200,
  maxImageBytes: 1_000_000,
};

function rootsOver(
  folder: string,
  openStore: (uri: string) => ArtifactStore,
  openRepository: () => Repository,
) {
  return {
    buckets: undefined,
    root: folder,
    mnistDir: join(folder, 'mnist'),
    samplesDir: join(folder, 'samples'),
    openStore,
    openRepository,
  };
}

/** The repository of a test: `models` in its folder. */
export function repositoryIn(folder: string): Repository {
  return createRepository({
    store: createDiskStore({ root: join(folder, 'models') }),
    cacheDir: join(folder, 'cache'),
    maxArtifactBytes: 1e8,
  });
}

function noStore(): ArtifactStore {
  throw new Error('this test has no store');
}

/** Reads one dataset out of a folder. */
export function read(
  folder: string,
  spec: DatasetSpec,
  options: ReadOptions = {},
): Promise<OpenedDataset> {
  return openerOver(folder, options.limits, options.openStore).open(spec, {
    uploads: options.uploads ?? [],
    workDir: folder,
    maxBadRows: options.maxBadRows ?? 0,
    ...(options.preprocessing && {
      preprocessing: (shape) => ({ ...plainContract(shape), ...options.preprocessing }),
    }),
    ...(options.signal && { signal: options.signal }),
  });
}

/** Writes one file into a folder of its own and reads it as a dataset. */
export async function readText(
  name: string,
  content: string | Uint8Array,
  spec: Omit<DatasetSpec, 'uri'> = {},
  options: ReadOptions = {},
): Promise<OpenedDataset> {
  const folder = await temporaryFolder();
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  await writeFile(join(folder, name), name.endsWith('.gz') ? gzipSync(bytes) : bytes);
  return read(folder, { uri: name, ...spec }, options);
}

/** Two 2x2 examples, "a" dark and "b" light. */
export const twoRows = [
  { label: 'a', pixels: [0, 1, 2, 3] },
  { label: 'b', pixels: [252, 253, 254, 255] },
];
