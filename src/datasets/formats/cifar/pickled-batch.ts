import { errors, messageOf, withDetails } from '../../../errors.ts';
import type { ReadOptions } from '../../bytes/byte-source.ts';
import { printable } from '../../file-names.ts';
import type { DatasetFile } from '../../source.ts';
import { cifarShape } from './cifar-versions.ts';
import { isArray, readPickle } from './read-pickle.ts';
import type { PickledValue } from './pickle-stack.ts';

/** More than twice the 154 MB of CIFAR-100's training file, which is read as a whole. */
const MAX_BYTES = 320 * 1024 * 1024;
const SIZE = cifarShape.width * cifarShape.height * cifarShape.channels;

/** The images of a file of the Python version, a plane for each channel, and the label of each. */
export interface PickledBatch {
  readonly labels: readonly number[];
  pixelsOf(index: number): Uint8Array;
}

/** The batch in a file of the Python version; nothing in it is run. */
export async function readPickledBatch(
  file: DatasetFile,
  { limits, signal }: ReadOptions,
): Promise<PickledBatch> {
  const batch = await readDictionary(file, Math.min(MAX_BYTES, limits.maxBytes), signal);
  const data = batch.get('data');
  const labels = batch.get('fine_labels') ?? batch.get('labels');
  const areLabels = Array.isArray(labels) && labels.every((one) => typeof one === 'number');
  if (!areLabels || !isArray(data)) throw invalid(file, 'it has no labels and data');
  const { shape, bytes } = data;
  const isWhole = shape[0] === labels.length && shape[1] === SIZE && shape.length === 2;
  if (!isWhole || bytes.length !== labels.length * SIZE) {
    throw invalid(file, `its data are not ${labels.length} images of ${SIZE} values`);
  }
  return { labels, pixelsOf: (index) => bytes.subarray(index * SIZE, (index + 1) * SIZE) };
}

const MAX_NAMES_BYTES = 65_536;

/** The names of the classes in a file of them. */
export async function readPickledNames(file: DatasetFile, signal?: AbortSignal): Promise<string[]> {
  const meta = await readDictionary(file, MAX_NAMES_BYTES, signal);
  const names = meta.get('fine_label_names') ?? meta.get('label_names');
  if (Array.isArray(names) && names.every((name) => Buffer.isBuffer(name))) {
    return names.map((name) => name.toString('utf8'));
  }
  throw invalid(file, 'it has no names of classes');
}

async function readDictionary(
  file: DatasetFile,
  maxBytes: number,
  signal: AbortSignal | undefined,
): Promise<Map<string, PickledValue>> {
  const bytes = await file.read(maxBytes, signal);
  const value = unpickled(file, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  if (value instanceof Map) return value;
  throw invalid(file, 'it is no dictionary');
}

function unpickled(file: DatasetFile, bytes: Buffer): PickledValue {
  try {
    return readPickle(bytes);
  } catch (error) {
    throw withDetails(invalid(file, messageOf(error)), {}, error);
  }
}

function invalid({ name }: DatasetFile, reason: string): Error {
  return new errors.GLIMPSE_DATASET_INVALID(
    `"${printable(name)}" is read as the Python version of CIFAR, a pickle: ${reason}; the binary version (cifar-10-binary.tar.gz) is the same dataset`,
  );
}
