import { join } from 'node:path';
import type { Config } from '../../config.ts';
import { UsageError } from '../../cli/command.ts';
import type { ContractTwo } from '../../preprocessing/contract-two.ts';
import { fitModel, type AuthorFacts } from '../explore-model.ts';
import { imageInput } from '../foreign-model.ts';
import { entryOf } from '../gather-model.ts';
import { searchedForm, type ImagePort } from '../input-form.ts';
import { openForSearch } from '../open-for-search.ts';
import { recogniseKind } from '../output-kind.ts';
import { spelledOut } from '../parity/candidates.ts';
import { openPicture } from '../parity/picture.ts';
import { takeModel } from '../take-model.ts';
import { askedOf, readWish, wishFor } from '../wish.ts';
import { findByLabels, type JudgedByLabels, type LabelledPicture } from './find-by-labels.ts';
import { readExamples, type Example } from './read-examples.ts';

/** What is said of a model that is to be adopted. */
export interface AdoptFacts extends Omit<AuthorFacts, 'golden' | 'reference' | 'tolerance'> {
  /** The folder of the labelled images. */
  readonly examples: string;
  readonly atLeast: number;
}

/** How a model is to be used, as labelled images tell. */
export interface Adopted {
  readonly contract: ContractTwo;
  /** Every contract that was tried, the best first. */
  readonly judged: readonly JudgedByLabels[];
  readonly examples: readonly Example[];
  /** Those that become golden samples, as they are given to publish. */
  readonly golden: readonly string[];
}

/** As many as a load checks without being slow. */
const MOST_GOLDEN = 10;

/** Finds out how images are prepared for a model file by labelled images, in a folder of its own. */
export async function adoptModel(
  file: string,
  folder: string,
  facts: AdoptFacts,
  config: Config,
): Promise<Adopted> {
  // What nothing in the model says is looked for, as it is with references.
  const said = { ...facts, reference: facts.examples };
  const taken = await takeModel(file, folder, said, config);
  const entry = join(folder, entryOf(taken.files));
  const { engine, classes, fitted, ports } = await fitModel(
    entry,
    {
      ...facts,
      ...taken.axes,
      output: taken.output ?? facts.output,
      classesFile:
        facts.classesFile ?? (facts.classes === undefined ? taken.classesFile : undefined),
      golden: [],
      reference: undefined,
      tolerance: undefined,
    },
    config,
  );
  const source = facts.preprocessing ?? taken.preprocessing;
  const { form, frame, known } = await lookedFor(imageInput(ports.inputs), source);
  const examples = await readExamples(facts.examples, classes);
  const pictured = await picturesOf(examples, classes, config);
  const operator = await engine.operatorOf(entry, fitted.name);
  const opening = { form, output: fitted.name, classes: classes.length };
  const model = await openForSearch(entry, ports, opening, config);
  try {
    const judged = await findByLabels({
      frame,
      layout: form.layout,
      known,
      examples: pictured,
      atLeast: facts.atLeast,
      infer: model.infer,
      kindOf: (outputs) => recogniseKind(outputs, fitted.kind, operator),
    });
    const { contract, isRight } = judged[0]!;
    const golden = examples
      .filter((_, at) => isRight[at])
      .slice(0, MOST_GOLDEN)
      .map(({ label, path }) => `${label}=${path}`);
    return { contract, judged, examples, golden };
  } finally {
    await model.close();
  }
}

/** Decoded one after the other: a photo takes memory while it is. */
async function picturesOf(
  examples: readonly Example[],
  classes: readonly string[],
  config: Config,
): Promise<LabelledPicture[]> {
  const limits = {
    maxBytes: config.GLIMPSE_MAX_IMAGE_BYTES,
    maxPixels: config.GLIMPSE_MAX_PIXELS,
    maxFrames: config.GLIMPSE_MAX_FRAMES,
  };
  const pictures: LabelledPicture[] = [];
  for (const { bytes, label } of examples) {
    pictures.push({ picture: await openPicture(bytes, limits), place: classes.indexOf(label) });
  }
  return pictures;
}

/** What is open and what is known of the contract for that input. */
async function lookedFor(input: ImagePort, source: string | undefined) {
  const wish = source === undefined ? {} : await readWish(source);
  const form = searchedForm(input, wish);
  const { width, height, channels } = form;
  if (width === undefined || height === undefined) {
    throw new UsageError(
      'The graph leaves the size of its input open: say it with --width and --height.',
    );
  }
  const known = spelledOut(askedOf(wishFor(input, wish, channels)));
  if (known.canonicalise !== undefined && known.canonicalise !== 'none') {
    throw new UsageError(
      `--preprocessing ${known.canonicalise} looks for ink, and adopt compares whole images: take glimpse publish.`,
    );
  }
  return { form, frame: { width, height, channels }, known };
}
