import type { ContractTwo } from '../../preprocessing/contract-two.ts';
import type { RequestedPreprocessing } from '../../preprocessing/requested.ts';
import { createAffineFit, type AffineFit, type Line } from './affine-fit.ts';
import {
  combined,
  contractsOf,
  croppedFramings,
  filters,
  framings,
  padsOf,
  readings,
} from './candidates.ts';
import {
  knownNormalisations,
  linesOf,
  normalisationOf,
  type Normalisation,
} from './normalisations.ts';
import { readingWords, type Picture } from './picture.ts';
import { bestParts, framingPart, ranked, type Judged } from './ranking.ts';
import type { PixelTensor } from './reference-array.ts';

/** A picture and the tensor that was made of it. */
export interface TensorReference {
  readonly picture: Picture;
  readonly tensor: PixelTensor;
}

export interface TensorSearch {
  readonly frame: Pick<ContractTwo, 'width' | 'height' | 'channels'>;
  /** What is known of the contract; only the rest is looked for. */
  readonly known: RequestedPreprocessing;
  readonly references: readonly TensorReference[];
}

/** So close to the pixels that no other size of the resized image is looked for, in levels. */
const CLOSE = 1.5;
/** Framings that are tried with every kernel. */
const FRAMINGS_TRIED = 4;
/** Pictures on which every size of the resized image is tried. */
const SCANNED = 3;
/** A usual normalisation is preferred to a measured one that is hardly closer: rounding moves that a little. */
const AS_GOOD = 1.15;
/** Contracts that are compared on all pictures: those hardly farther than the best on the plain ones. */
const FINALISTS = 24;

/**
 * Contracts for recorded tensors, the closest first. Pixels are compared, and the line that makes values of them is
 * solved for: framings first, then kernels for the best of those, on pictures whose files can be read in one way only;
 * then, with all pictures, how files are read.
 */
export async function searchTensors(search: TensorSearch): Promise<Judged[]> {
  const { frame, known, references } = search;
  const read = readings(
    references.map(({ picture }) => picture),
    frame,
  );
  const plain = references.filter(
    ({ picture }) => !readingWords.some((word) => picture.minds(word)),
  );
  const first = plain.length > 0 ? { ...search, references: plain } : search;
  const tried = combined(
    combined(framings(frame), plain.length > 0 ? [{}] : read),
    filters.slice(0, 2),
  );
  let judged = await judge(first, contractsOf(frame, known, tried));
  judged = [...judged, ...(await withEveryKernel(first, judged))];
  if (!judged.some(({ distance }) => distance <= CLOSE)) {
    const scanned = await scanSizes(first, judged);
    judged = [...judged, ...scanned, ...(await withEveryKernel(first, scanned))];
  }
  if (plain.length === 0 || plain.length === references.length) return ranked(judged);
  const finalists = combined(closest(judged), read);
  return ranked(await judge(search, contractsOf(frame, known, finalists)));
}

/** Those of which one may be the best when pictures are added. */
function closest(judged: readonly Judged[]): RequestedPreprocessing[] {
  const limit = Math.min(...judged.map(({ distance }) => distance)) * 1.5 + 0.5;
  const near = judged.filter(({ distance }) => distance <= limit);
  return bestParts(near, FINALISTS, (contract) => {
    const { resize, crop, colourSpace } = contract;
    return { resize, ...(crop && { crop }), colourSpace };
  });
}

/** The best framings with every kernel, and then the best padded ones with every colour around them. */
async function withEveryKernel(search: TensorSearch, judged: readonly Judged[]): Promise<Judged[]> {
  const { frame, known } = search;
  // Which level lies around an image is seen when its own pixels are right: one of them stands for all.
  const parts = bestParts(judged, FRAMINGS_TRIED, framingPart, withoutColour);
  const found = await judge(search, contractsOf(frame, known, combined(parts, filters)));
  const padded = bestParts(found, FRAMINGS_TRIED, ({ resize, crop, icc, exif, alpha }) => ({
    resize,
    ...(crop && { crop }),
    icc,
    exif,
    alpha,
  })).flatMap((part) =>
    'pad' in part.resize
      ? padsOf(frame, part.resize.pad.align).map((pad) => ({
          ...part,
          resize: { ...part.resize, pad },
        }))
      : [],
  );
  return [...found, ...(await judge(search, contractsOf(frame, known, padded)))];
}

function withoutColour({ resize, ...part }: ReturnType<typeof framingPart>) {
  return { ...part, resize: { ...resize, ...('pad' in resize && { pad: resize.pad.align }) } };
}

/** Images resized to every side up to twice of the frame, of which the middle is kept. */
async function scanSizes(search: TensorSearch, judged: readonly Judged[]): Promise<Judged[]> {
  const { frame, known, references } = search;
  const [best] = ranked(judged);
  if (!best) return [];
  const { icc, exif, alpha, resize } = best.contract;
  const { kernel, antialias } = resize;
  const side = Math.min(frame.width, frame.height);
  const sides = Array.from({ length: side }, (_, at) => side + at + 1);
  const parts = sides.flatMap((one) => croppedFramings(frame, one));
  const rest = [{ icc, exif, alpha, resize: { kernel, antialias } }];
  const few = { ...search, references: references.slice(0, SCANNED) };
  const found = await judge(few, contractsOf(frame, known, combined(parts, rest)));
  return judge(
    search,
    bestParts(found, FRAMINGS_TRIED, (contract) => contract),
  );
}

/** How far each contract is from the tensors, in levels, with the normalisation that brings it closest. */
async function judge(search: TensorSearch, contracts: readonly ContractTwo[]): Promise<Judged[]> {
  const { frame, known, references } = search;
  const orders = ordersOf(frame.channels, known);
  const fits = contracts.map(() =>
    orders.map((order) => createAffineFit(frame.channels, order === 'bgr')),
  );
  for (const { picture, tensor } of references) {
    for (const [at, contract] of contracts.entries()) {
      const pixels = await picture.pixels(contract);
      for (const fit of fits[at]!) fit.add(pixels, tensor.values);
    }
  }
  const isBytes = references.every(({ tensor }) => tensor.isBytes);
  return contracts.flatMap((contract, at) =>
    orders.flatMap((colourSpace, order) => {
      const settled = settle(fits[at]![order]!, search, isBytes);
      if (!settled) return [];
      const { normalisation, distance } = settled;
      return [{ contract: { ...inOrder(contract, colourSpace), ...normalisation }, distance }];
    }),
  );
}

function ordersOf(channels: number, known: RequestedPreprocessing): ContractTwo['colourSpace'][] {
  if (known.colourSpace !== undefined) return [known.colourSpace];
  return channels === 1 ? ['grey'] : ['rgb', 'bgr'];
}

/** The same contract with channels in another order, in which its levels are said too. */
function inOrder(contract: ContractTwo, colourSpace: ContractTwo['colourSpace']): ContractTwo {
  if (contract.colourSpace === colourSpace) return contract;
  const { resize, alpha } = contract;
  const pad = 'pad' in resize ? resize.pad : undefined;
  const colour = pad?.colour ?? 'border';
  return {
    ...contract,
    colourSpace,
    ...('pad' in resize &&
      pad &&
      colour !== 'border' && {
        resize: { ...resize, pad: { ...pad, colour: colour.toReversed() } },
      }),
    ...(typeof alpha !== 'string' && { alpha: { flatten: alpha.flatten.toReversed() } }),
  };
}

interface Settled {
  readonly normalisation: Normalisation;
  readonly distance: number;
}

/** The normalisation that explains the values: one that is known, when it is as good as any, or what was measured. */
function settle(fit: AffineFit, search: TensorSearch, isBytes: boolean): Settled | undefined {
  const { frame, known } = search;
  const said = saidNormalisation(known, frame.channels);
  // Bytes were not normalised yet: they are pixels, whatever is done with them later.
  if (isBytes) {
    const normalisation = said ?? knownNormalisations(frame.channels)[0]!;
    return { normalisation, distance: fit.rms(linesOf(asPixels(frame.channels))) };
  }
  if (said) return { normalisation: said, distance: fit.rms(linesOf(said)) };
  const lines = fit.lines();
  if (!lines.every((line): line is Line => line !== undefined)) return undefined;
  const measured = fit.rms(lines);
  const usual = knownNormalisations(frame.channels)
    .filter(({ scale }) => known.scale === undefined || known.scale === scale)
    .map((normalisation) => ({ normalisation, distance: fit.rms(linesOf(normalisation)) }))
    .toSorted((one, other) => one.distance - other.distance)[0];
  if (usual && usual.distance <= measured * AS_GOOD + 0.02) {
    // A line that hardly follows the pixels may be steeper and so seem closer in levels than the best one is.
    return { ...usual, distance: Math.max(usual.distance, measured) };
  }
  return { normalisation: normalisationOf(lines, known.scale), distance: measured };
}

function asPixels(channels: number): Normalisation {
  const each = (value: number): number[] => Array.from({ length: channels }, () => value);
  return { scale: 1, mean: each(0), std: each(1) };
}

/** A normalisation of which mean and spread are known. */
function saidNormalisation(
  { scale = 1 / 255, mean, std }: RequestedPreprocessing,
  channels: number,
): Normalisation | undefined {
  if (mean?.length !== channels || std?.length !== channels) return undefined;
  return { scale, mean, std };
}
