import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../config.ts';
import type { SaidImage } from '../converting/input-image.ts';
import { convertModel } from '../converting/convert-model.ts';
import { modelFormatOf } from '../converting/model-format.ts';
import { presetOf } from '../preprocessing/presets.ts';
import { UsageError } from '../cli/command.ts';
import { acceptedPresets, readWish } from './wish.ts';
import type { AuthorFacts } from './explore-model.ts';
import { entryName, gatherModel } from './gather-model.ts';
import { lengthsIn } from './input-form.ts';
import type { GatheredFiles } from './gather-saved-model.ts';

/** A model file of any format that is taken, as the ONNX files of a version. */
export interface TakenModel {
  readonly files: GatheredFiles;
  /** How images are prepared where the author says nothing: undefined for what the graph tells. */
  readonly preprocessing: string | undefined;
  /** What is said of the axes of its input, as they are in these files. */
  readonly axes: Pick<AuthorFacts, 'shape' | 'layout'>;
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
  'preprocessing' | 'reference' | 'shape' | 'layout' | 'width' | 'height' | 'output'
>;

const nothingKnown = {
  preprocessing: undefined,
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
    const { shape, layout } = said;
    const files = await gatherModel(file, folder);
    return { ...nothingKnown, axes: { shape, layout }, files };
  }
  const to = join(folder, entryName);
  const maxBytes = config.GLIMPSE_MAX_ARTIFACT_BYTES;
  const limitMs = config.GLIMPSE_OPEN_TIMEOUT_MS;
  const request = { file, to, said: await saidOf(said), maxBytes, output: said.output };
  const converted = await convertModel(request, { limitMs });
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
    // What was said was of the file as it came; all of the axes are known by now.
    axes: { shape: undefined, layout: isImage ? 'NCHW' : undefined },
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

/** What is said of the images, beside the net or as a part of their preprocessing. */
async function saidOf(said: SaidOfImages): Promise<SaidImage> {
  const wish = said.preprocessing === undefined ? {} : await readWish(said.preprocessing);
  const preset: Pick<SaidImage, 'width' | 'height'> =
    wish.preset === undefined ? {} : presetOf(wish.preset);
  return {
    width: said.width ?? wish.width ?? preset.width,
    height: said.height ?? wish.height ?? preset.height,
    shape: lengthsIn(said.shape),
    layout: said.layout,
  };
}
