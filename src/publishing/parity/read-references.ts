import { readdir, readFile, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { isRecord } from '../../json.ts';
import { UsageError } from '../../cli/command.ts';
import {
  asPixelTensor,
  invalid,
  readArray,
  type InputForm,
  type PixelTensor,
} from './reference-array.ts';

/** An image, and what the trainer's own code made of it. */
export interface Reference {
  readonly name: string;
  readonly path: string;
  readonly bytes: Buffer;
  readonly tensor: PixelTensor | undefined;
  readonly scores: readonly number[] | undefined;
}

/** More images tell nothing more. */
const maxReferences = 200;
/** What an input of 4096 x 4096 in colour takes as float32. */
const maxReferenceBytes = 4096 * 4096 * 3 * 4 + 65_536;
const imageNames = new Set(['.png', '.jpg', '.jpeg', '.webp', '.gif', '.avif', '.tif', '.tiff']);

/**
 * The references of a folder: images, and beside each under the same name a .npy file with the tensor or the scores, or a
 * .json file with the scores. GLIMPSE_REFERENCE_INVALID for a file that is neither.
 */
export async function readReferences(folder: string, form: InputForm): Promise<Reference[]> {
  const files = await readdir(folder).catch(() => {
    throw new UsageError(`There is no folder ${folder}.`);
  });
  const present = new Set(files);
  const images = files.filter((file) => imageNames.has(extname(file).toLowerCase())).sort();
  const references: Reference[] = [];
  for (const name of images) {
    const base = name.slice(0, -extname(name).length);
    const beside = [`${base}.npy`, `${base}.json`].filter((file) => present.has(file));
    if (beside.length === 0) continue;
    if (references.length === maxReferences) {
      throw new UsageError(`${folder} holds more than ${maxReferences} references.`);
    }
    const path = join(folder, name);
    let known: Known = { tensor: undefined, scores: undefined };
    for (const file of beside) {
      known = { ...known, ...(await readKnown(join(folder, file), file, form)) };
    }
    references.push({ name, path, bytes: await readBounded(path, name), ...known });
  }
  if (references.length > 0) return references;
  throw new UsageError(
    `${folder} holds no image with a .npy or .json file of the same name beside it.`,
  );
}

async function readBounded(path: string, name: string): Promise<Buffer> {
  const { size } = await stat(path);
  if (size > maxReferenceBytes) {
    throw invalid(name, `it has ${size} bytes, and at most ${maxReferenceBytes} are read`);
  }
  return await readFile(path);
}

type Known = Pick<Reference, 'tensor' | 'scores'>;

async function readKnown(path: string, name: string, form: InputForm): Promise<Partial<Known>> {
  const bytes = await readBounded(path, name);
  if (name.endsWith('.json')) return { scores: scoresOf(bytes, name) };
  const array = readArray(bytes, name);
  const tensor = asPixelTensor(array, form);
  if (tensor) return { tensor };
  const [length, ...batch] = array.shape.toReversed();
  if (length !== undefined && length > 1 && batch.every((axis) => axis === 1)) {
    return { scores: Array.from(array.values) };
  }
  const { width = 'width', height = 'height', channels } = form;
  throw invalid(
    name,
    `its shape [${array.shape.join(', ')}] is neither an image of ${width} x ${height} with ${channels} ${channels === 1 ? 'channel' : 'channels'} nor a row of scores`,
  );
}

function scoresOf(bytes: Buffer, name: string): number[] {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString());
  } catch {
    throw invalid(name, 'it is no JSON');
  }
  const scores: unknown = isRecord(value) ? value['scores'] : value;
  if (Array.isArray(scores) && scores.length > 1 && scores.every((one) => Number.isFinite(one))) {
    return scores;
  }
  throw invalid(name, 'it is neither a list of scores nor an object with one as "scores"');
}
