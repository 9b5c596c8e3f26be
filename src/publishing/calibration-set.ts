import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { openDatasets, type Reach } from '../compose/open.ts';
import type { Config } from '../config.ts';
import { isImageName } from '../datasets/file-names.ts';
import type { DatasetSpec, UploadedFile } from '../datasets/spec.ts';
import { errors } from '../errors.ts';
import type { ImagePreparer } from '../image/prepare-image.ts';
import type { Preprocessing } from '../preprocessing/contract.ts';
import { rowShapeOf } from '../preprocessing/row-shape.ts';
import { createRandom } from '../random.ts';
import type { Signature } from '../signature.ts';
import {
  batchesOf,
  batchesOfRows,
  type ExampleBatches,
} from '../training/quantising/example-batches.ts';
import { LEAST_CALIBRATION, MOST_CALIBRATION } from '../training/quantising/quantise-served.ts';

/** Examples to quantise a model by, and others to compare it with the float model on. */
export interface CalibrationSet {
  readonly calibration: ExampleBatches;
  readonly heldOut: ExampleBatches;
  /** Of all of them. */
  readonly digest: string;
}

/** A dataset as a request names it, or as it was sent. */
export interface CalibrationDataset {
  readonly spec: DatasetSpec;
  readonly uploads: readonly UploadedFile[];
  /** Whether it may be read from wherever it is; unless said, as on a command line. */
  readonly reach?: Reach;
}

/** A folder of images, any other place of a dataset, or a dataset. */
export type CalibrationPlace = string | CalibrationDataset;

export interface ReadCalibrationOptions {
  readonly signature: Signature;
  readonly preprocessing: Preprocessing;
  readonly images: ImagePreparer;
  readonly config: Config;
  /** A folder of the command's own. */
  readonly workDir: string;
  readonly signal: AbortSignal;
}

/** Examples without labels are in memory as the model takes them: so many tell enough. */
const MOST_IMAGES = 1_000;
/** Unusable rows of a dataset that are passed over, as in training. */
const MAX_BAD_ROWS = 0.01;

/**
 * The examples of a folder of images, or of a dataset with labels, prepared as the model's own contract says. Half of
 * them, and no more than are needed, are calibrated on. GLIMPSE_NOT_QUANTISABLE where there are too few.
 */
export async function readCalibrationSet(
  place: CalibrationPlace,
  options: ReadCalibrationOptions,
): Promise<CalibrationSet> {
  const files = typeof place === 'string' ? await looseImages(place) : undefined;
  if (files) return await setOfImages(files, options);
  const named = typeof place === 'string' ? { spec: { uri: place }, uploads: [] } : place;
  return await setOfDataset(named, options);
}

/** The files of a folder that holds nothing but images; undefined for any other place, whose images may have labels. */
async function looseImages(place: string): Promise<string[] | undefined> {
  const found = await stat(place).catch(() => undefined);
  if (!found?.isDirectory()) return undefined;
  const entries = await readdir(place, { withFileTypes: true });
  const areImages = entries.every((entry) => entry.isFile() && isImageName(entry.name));
  return areImages ? entries.map(({ name }) => join(place, name)).toSorted() : undefined;
}

async function setOfImages(
  files: readonly string[],
  { signature: { input }, preprocessing, images, signal }: ReadCalibrationOptions,
): Promise<CalibrationSet> {
  const { calibrating, others } = divided(files.length);
  const hash = createHash('sha256');
  const read = async (places: Int32Array): Promise<ExampleBatches> => {
    const rows: Float32Array[] = [];
    for (const place of places) {
      signal.throwIfAborted();
      const bytes = await readFile(files[place]!);
      hash.update(bytes);
      rows.push(await images.prepare(bytes, preprocessing, input.layout));
    }
    return batchesOfRows(rows, input.shape);
  };
  const calibration = await read(calibrating);
  const heldOut = await read(others.subarray(0, MOST_IMAGES));
  return { calibration, heldOut, digest: hash.digest('hex') };
}

async function setOfDataset(
  { spec: said, uploads, reach = 'anywhere' }: CalibrationDataset,
  { signature, preprocessing, images, config, workDir, signal }: ReadCalibrationOptions,
): Promise<CalibrationSet> {
  const spec = { ...said, classes: signature.classes, shape: rowShapeOf(preprocessing) };
  const { dataset } = await openDatasets(config, images, reach).open(spec, {
    uploads,
    workDir,
    maxBadRows: MAX_BAD_ROWS,
    preprocessing: () => preprocessing,
    signal,
  });
  const { calibrating, others } = divided(dataset.labels.length);
  const { layout, shape } = signature.input;
  const examplesOf = (indices: Int32Array): ExampleBatches =>
    batchesOf({ dataset, indices, preprocessing, layout }, shape);
  return {
    calibration: examplesOf(calibrating),
    heldOut: examplesOf(others),
    digest: dataset.digest,
  };
}

/** Which of so many examples are calibrated on: the same each time, and from all over their order. */
function divided(count: number): { calibrating: Int32Array; others: Int32Array } {
  if (count < 2 * LEAST_CALIBRATION) {
    throw new errors.GLIMPSE_NOT_QUANTISABLE(
      `there are ${count} calibration examples, and at least ${2 * LEAST_CALIBRATION} are needed: half to see its values on, half to compare it by`,
    );
  }
  const order = createRandom(0).shuffle(Int32Array.from({ length: count }, (_, index) => index));
  const taken = Math.min(MOST_CALIBRATION, Math.floor(count / 2));
  return { calibrating: order.slice(0, taken).sort(), others: order.slice(taken).sort() };
}
