import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../config.ts';
import type { ImageSize } from '../converting/input-image.ts';
import { convertModel } from '../converting/convert-model.ts';
import { modelFormatOf } from '../converting/model-format.ts';
import { presetOf } from '../preprocessing/presets.ts';
import { UsageError } from '../cli/command.ts';
import { acceptedPresets, readWish } from './wish.ts';
import type { AuthorFacts } from './explore-model.ts';
import { entryName, gatherModel } from './gather-model.ts';
import type { GatheredFiles } from './gather-saved-model.ts';

/** A model file of any format that is taken, as the ONNX files of a version. */
export interface TakenModel {
  readonly files: GatheredFiles;
  /** How images are prepared where the author says nothing: undefined for what the graph tells. */
  readonly preprocessing: string | undefined;
  /** Which axes are which, where that is known and the graph may leave it open. */
  readonly layout: 'NCHW' | undefined;
  /** A file of the names of the classes, where the model tells them. */
  readonly classesFile: string | undefined;
  /** What the output that was asked for is called now; undefined for as it was. */
  readonly output: string | undefined;
  /** What its author should know. */
  readonly notes: readonly string[];
}

/** What the author of a model says of the images it takes. */
export type SaidOfImages = Pick<
  AuthorFacts,
  'preprocessing' | 'reference' | 'width' | 'height' | 'output'
>;

const nothingKnown = {
  preprocessing: undefined,
  layout: undefined,
  classesFile: undefined,
  output: undefined,
  notes: [],
} as const;

/** What a net takes that divides by 255 itself. */
const levels = '{"scale": 1}';

/**
 * Brings a model file into a folder as ONNX: an ONNX file with what lies beside it as it is, one of Keras or TensorFlow converted. Whether pixels
 * are 0..255 or 0..1 is read from the net, or said by its author, and never guessed.
 */
export async function takeModel(
  file: string,
  folder: string,
  said: SaidOfImages,
  config: Config,
): Promise<TakenModel> {
  // A folder, or nothing at all, has no first bytes: what that is, is said where files are gathered.
  const format = await modelFormatOf(file).catch(() => 'onnx' as const);
  if (format === 'onnx') {
    return { ...nothingKnown, files: await gatherModel(file, folder) };
  }
  const to = join(folder, entryName);
  const size = await sizeOf(said);
  const maxBytes = config.GLIMPSE_MAX_ARTIFACT_BYTES;
  const limitMs = config.GLIMPSE_OPEN_TIMEOUT_MS;
  const converted = await convertModel(
    { file, to, size, maxBytes, output: said.output },
    { limitMs },
  );
  const { takesLevels, classes, isImage } = converted;
  const isAsked = said.preprocessing !== undefined || said.reference !== undefined;
  if (!takesLevels && !isAsked) {
    throw new UsageError(
      `Nothing in the model says how its pixels were scaled. Say it with --preprocessing: plain for 0..1, '${levels}' for 0..255, JSON, or one of ${acceptedPresets.join(', ')}; or give --reference.`,
    );
  }
  return {
    files: new Map([[entryName, { file: to }]]),
    preprocessing: takesLevels ? levels : undefined,
    layout: isImage ? 'NCHW' : undefined,
    output: converted.output,
    classesFile: classes && (await writeClasses(folder, classes)),
    notes: takesLevels ? ['scale   by the model itself: it takes pixels of 0..255'] : [],
  };
}

async function writeClasses(folder: string, classes: readonly string[]): Promise<string> {
  const file = join(folder, 'classes.json');
  await writeFile(file, JSON.stringify(classes));
  return file;
}

/** The size of the images that is asked for, where it is. */
async function sizeOf(said: SaidOfImages): Promise<ImageSize | undefined> {
  const wish = said.preprocessing === undefined ? {} : await readWish(said.preprocessing);
  const preset: Partial<ImageSize> = wish.preset === undefined ? {} : presetOf(wish.preset);
  const width = said.width ?? wish.width ?? preset.width;
  const height = said.height ?? wish.height ?? preset.height;
  return width === undefined || height === undefined ? undefined : { width, height };
}
