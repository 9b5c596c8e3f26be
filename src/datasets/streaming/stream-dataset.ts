import { createHash } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import type { ImagePreparer } from '../../image/prepare-image.ts';
import { sha256OfFile } from '../../repository/digest.ts';
import { createSpoolFolder } from '../bytes/spool-folder.ts';
import type { ImageShape } from '../dataset.ts';
import { printable } from '../file-names.ts';
import type { DatasetLimits } from '../open.ts';
import { createBuckets, type Buckets } from '../places/bucket.ts';
import { locateDataset, schemeOf, type DatasetRoots } from '../places/location.ts';
import { planReading, type PlannedReading } from '../plan-reading.ts';
import { plainContract } from '../../preprocessing/presets.ts';
import type { Refuse } from '../refusal.ts';
import { withLocalCopy, type DatasetSource } from '../source.ts';
import type { DatasetFormat, DatasetSpec, UploadedFile } from '../spec.ts';
import { planStored } from '../stored-reading.ts';
import { readEncodedRows } from './encoded-rows.ts';
import { inputOf, type StreamedInput } from './input.ts';

export interface StreamOptions {
  readonly uploads: readonly UploadedFile[];
  /** A folder of this run's own, for what has to be downloaded or unpacked. */
  readonly workDir: string;
  /** Of the images that the model takes. */
  readonly shape: ImageShape;
  /** Called once which files there are is known: how many rows are passed over, unread where they are files. */
  readonly skip: (listing: string) => Promise<number>;
  /** Takes what was decided or left out, in words; some of it shows only while rows are read. */
  readonly onNote: (note: string) => void;
  readonly signal: AbortSignal;
}

/** A dataset that is read row by row, whether its examples have labels or not. Close it. */
export interface DatasetStream {
  readonly format: DatasetFormat;
  /** A digest of which files it is made of: their names, sizes, and when they were changed or their ETags, as far as that is told. */
  readonly listing: string;
  /** How many rows it has, where that is known before they are read. */
  readonly count: number | undefined;
  /** From the first row that is not passed over; holds no more than a few at once. */
  readonly inputs: AsyncIterable<StreamedInput>;
  close(): Promise<void>;
}

export type StreamDataset = (spec: DatasetSpec, options: StreamOptions) => Promise<DatasetStream>;

/** Streams datasets of every place and format under one set of limits. */
export function createDatasetStreams(
  roots: DatasetRoots,
  limits: DatasetLimits,
  images: ImagePreparer,
): StreamDataset {
  return async (spec, options) => {
    const { workDir, signal } = options;
    setMaxListeners(0, signal);
    const spool = createSpoolFolder(workDir);
    const { maxBytes, maxEntries: maxFiles } = limits;
    const { buckets: allowed } = roots;
    const openStore = (uri: string) => roots.openStore(uri);
    const buckets = createBuckets({ openStore, allowed, spool, maxBytes, maxFiles, signal });
    const close = async (): Promise<void> => {
      await buckets.close();
      await spool.close();
    };
    try {
      const reading = { limits, spool, buckets, images, signal };
      return await openStream(spec, options, roots, reading, close);
    } catch (error) {
      await close();
      signal.throwIfAborted();
      throw error;
    }
  };
}

interface StreamReading {
  readonly limits: DatasetLimits;
  readonly spool: ReturnType<typeof createSpoolFolder>;
  readonly buckets: Buckets;
  readonly images: ImagePreparer;
  readonly signal: AbortSignal;
}

async function openStream(
  spec: DatasetSpec,
  options: StreamOptions,
  roots: DatasetRoots,
  reading: StreamReading,
  closePlaces: () => Promise<void>,
): Promise<DatasetStream> {
  const { shape, uploads, signal } = options;
  const { limits, buckets } = reading;
  const { uri } = spec;
  let left = 0;
  const passOver = (): boolean => {
    left -= 1;
    return left >= 0;
  };
  const planOf = async (): Promise<PlannedReading & { readonly listing: string }> => {
    if (uri !== undefined && schemeOf(uri) === 'dataset') {
      const stored = await planStored({ ...spec, uri }, () => roots.openRepository(), reading);
      return { ...stored, listing: digestOf([uri]) };
    }
    const maxFiles = limits.maxEntries;
    const located = await locateDataset(spec, roots, { uploads, buckets, maxFiles, signal });
    const listing = await listingOf(located.source);
    const { maxImageBytes } = limits;
    const plan = await planReading(located, withShape(spec, shape), {
      ...reading,
      preprocessing: plainContract,
      refuse: refuseUnlessAside(options.onNote),
      takeEncoded: (references) => readEncodedRows(references, { maxImageBytes, passOver, signal }),
    });
    return { ...plan, listing };
  };
  const { reading: found, confirm, close, listing } = await planOf();
  try {
    for (const note of found.notes ?? []) options.onNote(note);
    left = await options.skip(listing);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    format: found.format,
    listing,
    count: found.count,
    inputs: inputsOf(found, shape, passOver, confirm),
    async close() {
      await close();
      await closePlaces();
    },
  };
}

/** A column that can only number the rows is left aside: nothing is learnt from what it was taken for. */
function refuseUnlessAside(onNote: StreamOptions['onNote']): Refuse {
  return (error) => {
    const column = error.details?.['column'];
    if (typeof column !== 'string') throw error;
    onNote(`The column "${printable(column)}" is left aside: it is one too many for the images.`);
  };
}

/** Pixels have the shape that the model takes, unless the request says another; images are brought to it. */
function withShape(spec: DatasetSpec, shape: ImageShape): DatasetSpec {
  return { shape, ...spec };
}

async function* inputsOf(
  reading: PlannedReading['reading'],
  shape: ImageShape,
  passOver: () => boolean,
  confirm: (() => Promise<void>) | undefined,
): AsyncGenerator<StreamedInput> {
  // Image files were passed over before this, unread.
  for await (const row of reading.rows) if (!passOver()) yield inputOf(row, reading, shape);
  await confirm?.();
}

/** A single object of a bucket is here already, so its bytes tell better than its name whether it is another one. */
async function listingOf({ files, archives, isFolder }: DatasetSource): Promise<string> {
  const lines: string[] = [];
  for (const file of [...files, ...archives]) {
    const { name, size, etag, modifiedMs = etag } = file;
    const isCopy = !isFolder && modifiedMs === undefined;
    const own = isCopy
      ? await withLocalCopy(file, undefined, (copy) => sha256OfFile(copy.path))
      : '';
    lines.push(`${size} ${modifiedMs ?? own} ${name}`);
  }
  return digestOf(lines);
}

function digestOf(lines: readonly string[]): string {
  const hash = createHash('sha256');
  for (const line of lines) hash.update(`${line}\n`);
  return `sha256:${hash.digest('hex')}`;
}
