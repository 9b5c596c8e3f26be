import type { BatchTime, Measurement, Placement } from '../runtime.ts';

/** What decides besides the measurement where batches run. */
export interface PlacementLimits {
  /** Most images in one run, by the configuration. */
  readonly maxBatchSize: number;
  /** Whether the model may run on the calling thread. */
  readonly mayBeInline: boolean;
  /** A batch that takes longer never runs on the calling thread. */
  readonly inlineBudgetMs: number;
  /** Bytes of the files of the model. */
  readonly modelBytes: number;
  /** Processors of this machine. */
  readonly processors: number;
}

type Curve = readonly BatchTime[];

/** What a batch costs in the server besides its run: gathering, posting, delivering. */
const overheadMs = 0.1;
/** A smaller batch is as good where it has so much of the best throughput. */
const goodEnough = 0.94;
/** Twice the images at once are worth measuring, and their memory, as long as they save so much time. */
const worthwhile = 1.04;
/** From this time on a batch is measured well enough for one doubling to tell. */
const preciseMs = 20;
/** A model is opened twice only where that takes little memory: it was seen to take four times its file. */
const smallModelBytes = 16 * 1024 * 1024;
/**
 * Opening may hold the thread up fifty times as long as a batch: it happens once, and the time measured
 * in a fresh thread includes the start of the engine itself.
 */
const openingFactor = 50;
/**
 * On a machine of several processors a longer batch runs beside the calling thread, which meanwhile reads the next
 * requests; a shorter one is over before the thread has been woken.
 */
const briefMs = 1;

/** Where batches run and how large they are. Pure: the same measurement and limits give the same placement. */
export function choosePlacement(
  measurement: Measurement,
  limits: PlacementLimits,
  isKept: boolean,
): Placement {
  const { curve } = measurement;
  const batchSize = chooseBatchSize(curve, limits.maxBatchSize);
  const inlineUpTo = chooseInline(measurement, batchSize, limits);
  return {
    batchSize,
    inlineUpTo,
    maxInFlight: inlineUpTo < batchSize ? 2 : 1,
    msPerImage: timeOf(curve, batchSize) / batchSize,
    measurement,
    isKept,
  };
}

/** The sizes that are measured, one after the other, as long as that is worthwhile. */
export function* sizesToMeasure(maxBatchSize: number): Generator<number> {
  for (let size = 1; size < maxBatchSize; size *= 2) yield size;
  yield maxBatchSize;
}

/**
 * Whether a larger size is worth measuring: an image still takes less time the more come with it, and twice the memory
 * of the last size would not be too much.
 */
export function isWorthMeasuring(curve: Curve, memoryBytes: number): boolean {
  const last = curve.at(-1);
  if (!last) return true;
  return (last.memoryBytes ?? 0) * 2 <= memoryBytes && isImproving(curve);
}

/** Whether the last sizes were better than those before them. */
function isImproving(curve: Curve): boolean {
  const doublings = (curve.at(-1)?.ms ?? 0) >= preciseMs ? 1 : 2;
  if (curve.length <= doublings) return true;
  return bestRate(curve) >= worthwhile * bestRate(curve.slice(0, -doublings));
}

/**
 * The smallest size with nearly the best throughput: more in a batch would only take more memory and let others wait
 * longer. Beyond the last measured size time grows with the size where more had stopped saving time; otherwise memory
 * had stopped the measurement, and nothing larger is run.
 */
export function chooseBatchSize(curve: Curve, maxBatchSize: number): number {
  const rateOf = (size: number): number => size / (timeOf(curve, size) + overheadMs);
  const largest = isImproving(curve) ? (curve.at(-1)?.size ?? 1) : maxBatchSize;
  const sizes = [...sizesToMeasure(maxBatchSize)].filter((size) => size <= largest);
  const best = Math.max(...sizes.map(rateOf));
  return sizes.find((size) => rateOf(size) >= goodEnough * best) ?? largest;
}

/** What a batch of a size takes: as measured, or as long as so many images take at the best of the measured rates. */
export function timeOf(curve: Curve, size: number): number {
  const measured = curve.find((point) => point.size >= size);
  return measured ? measured.ms : size / bestRate(curve);
}

const bestRate = (curve: Curve): number => Math.max(...curve.map(({ size, ms }) => size / ms));

/** The largest batch that the calling thread runs itself. */
function chooseInline(
  { openMs, curve }: Measurement,
  batchSize: number,
  { mayBeInline, inlineBudgetMs, maxBatchSize, modelBytes, processors }: PlacementLimits,
): number {
  if (!mayBeInline || openMs > inlineBudgetMs * openingFactor) return 0;
  const largestWithin = (limitMs: number, most: number): number =>
    curve.findLast(({ size, ms }) => size <= most && ms <= limitMs)?.size ?? 0;
  const isAlwaysFast = timeOf(curve, maxBatchSize) <= inlineBudgetMs;
  const isFastAlone = processors === 1 && timeOf(curve, batchSize) <= inlineBudgetMs;
  if (isAlwaysFast || isFastAlone) return batchSize;
  if (modelBytes > smallModelBytes) return 0;
  return largestWithin(Math.min(inlineBudgetMs, briefMs), batchSize);
}
