import { errors, withDetails } from '../../errors.ts';
import { normalised, type Layout } from '../../image/prepare-pixels.ts';
import type { ContractTwo } from '../../preprocessing/contract-two.ts';
import type { RequestedPreprocessing } from '../../preprocessing/requested.ts';
import { toScores, type OutputKind } from '../../signature.ts';
import { inWords } from '../parity/contract-in-words.ts';
import type { Picture } from '../parity/picture.ts';
import type { Judged } from '../parity/ranking.ts';
import type { Infer } from '../parity/search-scores.ts';
import { searchInStages } from '../parity/staged-search.ts';
import { openWords } from '../parity/undetermined.ts';

/** A decoded image, and the place of its class among the scores. */
export interface LabelledPicture {
  readonly picture: Picture;
  readonly place: number;
}

export interface LabelSearch {
  readonly frame: Pick<ContractTwo, 'width' | 'height' | 'channels'>;
  readonly layout: Layout;
  /** What is known of the contract; only the rest is looked for. */
  readonly known: RequestedPreprocessing;
  readonly examples: readonly LabelledPicture[];
  /** The share of the examples that must be answered rightly. */
  readonly atLeast: number;
  infer: Infer;
  /** What the outputs are, seen by those of the first contracts. */
  kindOf(outputs: readonly Float32Array[]): OutputKind;
}

/** A contract, and how the model answers by it. */
export interface JudgedByLabels extends Judged {
  /** Which examples are answered rightly. */
  readonly isRight: readonly boolean[];
  readonly right: number;
  /** The mean logarithm of the share that the right class has of the scores. */
  readonly likelihood: number;
}

/** No score counts as less than this, so that one example is not everything. */
const LEAST_SHARE = 1e-9;
/** Means of likelihoods that are no further apart tell no contract from another. */
const NEAR = 0.05;
/** How many contracts that are as good are looked at to say what differs. */
const MOST_OTHERS = 5;
/** Inputs whose values differ by less than this share of their range, in the mean, are as good as the same. */
const SAME = 0.03;

/**
 * Contracts by how many examples the model answers rightly, then by how likely it holds their classes; the best first.
 * GLIMPSE_EXAMPLES_MISMATCH when the best is right too seldom, GLIMPSE_EXAMPLES_AMBIGUOUS when one that makes other
 * inputs of the images is as good.
 */
export async function findByLabels(search: LabelSearch): Promise<readonly JudgedByLabels[]> {
  const pictures = search.examples.map(({ picture }) => picture);
  let kind: OutputKind | undefined;
  const known = withFraming(search);
  const judged = await searchInStages({ ...search, known, pictures }, async (contracts) => {
    const outputs: Float32Array[][] = [];
    for (const contract of contracts) outputs.push(await answers(search, contract));
    kind ??= search.kindOf(outputs.flat().filter((row) => row.every(Number.isFinite)));
    const seen = kind;
    return contracts.map((contract, at) => judge(contract, outputs[at]!, search.examples, seen));
  });
  const [best] = judged;
  const count = search.examples.length;
  if (!best || best.right < search.atLeast * count) {
    throw new errors.GLIMPSE_EXAMPLES_MISMATCH(
      best
        ? `the best (${inWords(best.contract)}) is right for ${best.right} of ${count}, and ${search.atLeast} of them must be`
        : 'what is said of it goes with no contract',
    );
  }
  await refuseOpen(best, judged, search);
  return judged;
}

/** What is known; images that have the size of the input already are taken as they are, whatever resizes others. */
function withFraming({ frame, known, examples }: LabelSearch): RequestedPreprocessing {
  const { width, height } = frame;
  const isSized = examples.every(
    ({ picture }) => picture.width === width && picture.height === height,
  );
  if (!isSized || known.resize !== undefined) return known;
  const size = { width, height };
  return { ...known, resize: { mode: 'fill', size, kernel: 'linear', antialias: true } };
}

async function inputsOf({ examples, layout }: LabelSearch, contract: ContractTwo) {
  const inputs: Float32Array[] = [];
  for (const { picture } of examples) {
    inputs.push(normalised(await picture.pixels(contract), contract, layout));
  }
  return inputs;
}

async function answers(search: LabelSearch, contract: ContractTwo): Promise<Float32Array[]> {
  return await search.infer(await inputsOf(search, contract));
}

function judge(
  contract: ContractTwo,
  outputs: readonly Float32Array[],
  examples: readonly LabelledPicture[],
  kind: OutputKind,
): JudgedByLabels {
  const isRight: boolean[] = [];
  let sum = 0;
  for (const [at, { place }] of examples.entries()) {
    const scores = toScores(outputs[at]!, kind);
    const share = scores[place]! / scores.reduce((total, score) => total + score, 0);
    // What is not a number is not right.
    isRight.push(scores.every((score, other) => other === place || score < scores[place]!));
    sum += Math.log(share > LEAST_SHARE ? share : LEAST_SHARE);
  }
  const right = isRight.filter(Boolean).length;
  const likelihood = sum / examples.length;
  // One answer more weighs more than any likelihood, which is no less than -21.
  return { contract, isRight, right, likelihood, distance: -100 * right - likelihood };
}

async function refuseOpen(
  best: JudgedByLabels,
  judged: readonly JudgedByLabels[],
  search: LabelSearch,
): Promise<void> {
  const seen = [await inputsOf(search, best.contract)];
  const others: JudgedByLabels[] = [];
  for (const other of judged) {
    if (others.length === MOST_OTHERS) break;
    if (other.right < best.right || best.likelihood - other.likelihood > NEAR) continue;
    const inputs = await inputsOf(search, other.contract);
    if (seen.some((one) => areAlike(one, inputs))) continue;
    seen.push(inputs);
    others.push(other);
  }
  if (others.length === 0) return;
  const open = openWords(best, {
    judged: others,
    pictures: [],
    known: { icc: 'apply', exif: 'apply', alpha: 'drop' },
    areValuesSolved: false,
    isTie: () => true,
  });
  const advice = [...new Set(open.map((word) => word.advice))].join(', and ');
  throw withDetails(
    new errors.GLIMPSE_EXAMPLES_AMBIGUOUS(
      `${inWords(best.contract)} is right for ${best.right} of ${search.examples.length}, and others are that differ in ${open.map(({ word }) => word).join(', ')}: add more pictures (${advice}), or say it with --preprocessing.`,
    ),
    {
      best: best.contract,
      asGood: Object.fromEntries(open.map(({ word, values }) => [word, values])),
    },
  );
}

/** Whether two contracts make nearly the same of the images. */
function areAlike(one: readonly Float32Array[], other: readonly Float32Array[]): boolean {
  let [sum, count, lowest, highest] = [0, 0, Infinity, -Infinity];
  for (const [at, values] of one.entries()) {
    for (const [place, value] of values.entries()) {
      sum += Math.abs(value - other[at]![place]!);
      lowest = Math.min(lowest, value);
      highest = Math.max(highest, value);
    }
    count += values.length;
  }
  return sum / count <= SAME * (highest - lowest);
}
