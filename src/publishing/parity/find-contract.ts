import { errors, withDetails } from '../../errors.ts';
import type { ImageLimits } from '../../image/decode-image.ts';
import type { Layout } from '../../image/prepare-pixels.ts';
import type { ContractTwo } from '../../preprocessing/contract-two.ts';
import type { RequestedPreprocessing } from '../../preprocessing/requested.ts';
import { spelledOut } from './candidates.ts';
import { choosePictures, type Pictured } from './picture.ts';
import { inWords } from './contract-in-words.ts';
import { ranked, type Judged } from './ranking.ts';
import type { Reference } from './read-references.ts';
import { invalid, type InputForm } from './reference-array.ts';
import { remainders, type Remainder } from './remainders.ts';
import { searchScores, type Infer } from './search-scores.ts';
import { searchTensors } from './search-tensors.ts';
import { openWords, type OpenWord } from './undetermined.ts';

export interface FindOptions {
  readonly form: InputForm;
  /** What is said about the contract; the rest is found. */
  readonly said: RequestedPreprocessing;
  readonly references: readonly Reference[];
  readonly limits: ImageLimits;
  /** What may remain: levels of 0 to 255 in the mean of an image, or a difference of one score. */
  readonly tolerance: Tolerance;
  /** The way that requests go. */
  readonly prepare: (bytes: Buffer, contract: ContractTwo, layout: Layout) => Promise<Float32Array>;
  /** Runs the model; needed where scores were recorded. */
  readonly infer: Infer | undefined;
}

export interface Tolerance {
  readonly levels: number;
  readonly score: number;
}

export const defaultTolerance: Tolerance = { levels: 1, score: 0.01 };

export interface FoundContract {
  readonly contract: ContractTwo;
  /** What remains of each reference. */
  readonly remaining: readonly Remainder[];
}

/**
 * The contract by which the trainer's own code made the references. GLIMPSE_REFERENCE_MISMATCH when the closest is
 * too far from one of them, GLIMPSE_REFERENCE_AMBIGUOUS when others are as close.
 */
export async function findContract(options: FindOptions): Promise<FoundContract> {
  const { references, form, limits } = options;
  const frame = frameOf(references, form);
  const known = spelledOut(options.said);
  const pictured = await choosePictures(references, limits);
  const hasTensors = pictured.some(({ tensor }) => tensor !== undefined);
  const search = { frame, known, layout: form.layout };
  const judged = ranked(
    hasTensors
      ? await searchTensors({ ...search, references: pictured.flatMap(withTensor) })
      : await searchScores({
          ...search,
          references: pictured.flatMap(withScores),
          ...running(options),
        }),
  );
  const [best] = judged;
  if (!best) {
    throw invalid(
      references[0]!.name,
      'no contract could be compared with it: either all of its pixels are equal, or the tensor is dark where the image is light',
    );
  }
  const remaining = await remainders(best.contract, options);
  refuseFar(best.contract, remaining, options.tolerance);
  refuseOpen(best, [
    ...openWords(best, {
      judged,
      pictures: pictured.map(({ picture }) => picture),
      known,
      areValuesSolved: hasTensors,
      isTie: hasTensors
        ? (one, other) => other <= one * 1.1 + 0.01
        : (one, other) => other <= one * 1.5 + 2e-6,
    }),
    ...openValues(references, known),
  ]);
  return { contract: best.contract, remaining };
}

function running({ infer, references }: FindOptions): { infer: Infer } {
  if (infer) return { infer };
  throw invalid(references[0]!.name, 'scores need the model that they are of');
}

const withTensor = ({ picture, tensor }: Pictured) => (tensor ? [{ picture, tensor }] : []);
const withScores = ({ picture, scores }: Pictured) => (scores ? [{ picture, scores }] : []);

/** The size of the input: as the model has it, or as all tensors do where its graph leaves it open. */
function frameOf(references: readonly Reference[], { width, height, channels }: InputForm) {
  const tensors = references.flatMap(({ name, tensor }) => (tensor ? [{ name, tensor }] : []));
  const first = tensors[0]?.tensor;
  const frame = { width: width ?? first?.width, height: height ?? first?.height, channels };
  for (const { name, tensor } of tensors) {
    if (tensor.width === frame.width && tensor.height === frame.height) continue;
    throw invalid(name, `it is of ${tensor.width} x ${tensor.height}, and others are not`);
  }
  if (frame.width === undefined || frame.height === undefined) {
    throw invalid(
      references[0]!.name,
      'the graph leaves the size of its input open, and scores do not tell it: name width and height in a --preprocessing file',
    );
  }
  return { width: frame.width, height: frame.height, channels };
}

/** Bytes were recorded before a mean was subtracted: they tell nothing of what is done with them. */
function openValues(references: readonly Reference[], known: RequestedPreprocessing): OpenWord[] {
  const tensors = references.flatMap(({ tensor }) => tensor ?? []);
  const areBytes = tensors.length > 0 && tensors.every(({ isBytes }) => isBytes);
  if (!areBytes || (known.mean && known.std)) return [];
  const advice = 'the float32 tensor that the model is given, instead of uint8 pixels';
  return [{ word: 'scale, mean and std', values: ['any'], advice }];
}

function refuseFar(
  contract: ContractTwo,
  remaining: readonly Remainder[],
  tolerance: Tolerance,
): void {
  const isFar = ({ mean = 0, score = 0 }: Remainder): boolean =>
    // What is not a number is not within anything.
    !(mean <= tolerance.levels && score <= tolerance.score);
  const far = remaining.filter(isFar);
  const [worst] = far.toSorted(
    (one, other) => (other.mean ?? other.score ?? 0) - (one.mean ?? one.score ?? 0),
  );
  if (!worst) return;
  const { name, mean, score } = worst;
  const distance =
    mean !== undefined && mean > tolerance.levels
      ? `${mean.toFixed(2)} levels of 255 in the mean, and ${tolerance.levels} may remain`
      : `a score that differs by ${(score ?? 0).toFixed(4)}, and ${tolerance.score} may`;
  throw withDetails(
    new errors.GLIMPSE_REFERENCE_MISMATCH(
      `the closest of all (${inWords(contract)}) leaves ${distance}, on ${name}`,
    ),
    { closest: contract, far: far.length, references: remaining.length },
  );
}

function refuseOpen(best: Judged, open: readonly OpenWord[]): void {
  if (open.length === 0) return;
  const words = open.map(({ word }) => word);
  throw withDetails(
    new errors.GLIMPSE_REFERENCE_AMBIGUOUS(
      `${words.join(', ')}: add ${[...new Set(open.map(({ advice }) => advice))].join(', and ')}, or say it with --preprocessing.`,
    ),
    {
      closest: best.contract,
      asClose: Object.fromEntries(open.map(({ word, values }) => [word, values])),
    },
  );
}
