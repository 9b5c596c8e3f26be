import { errors, isGlimpseError, withDetails } from '../../errors.ts';
import { expectedBytes, type LearningLoad, type LearningPlan } from './expected-bytes.ts';

/** How far the memory that a training takes may be from what is expected of it, either way. */
const DOUBT = 0.15;
const MB = 1e6;

/** What a process may hold, and what sets that limit. */
export interface MemoryLimit {
  readonly bytes: number;
  readonly setBy: string;
}

/**
 * Refuses what cannot fit, before it is begun, with what would: GLIMPSE_TRAINING_TOO_LARGE. What may just fit is tried, as
 * nobody knows to the last byte what a training takes.
 */
export function checkMemory(plan: LearningPlan, load: LearningLoad, limit: MemoryLimit): void {
  const expected = expectedBytes(plan, load);
  if (expected * (1 - DOUBT) <= limit.bytes) return;
  const fits = (changed: LearningLoad): boolean => fitsIn(plan, changed, limit);
  const { batchSize, inputShape } = load;
  const batch = largest(batchSize - 1, (rows) =>
    fits({ ...load, batchSize: rows, lastBatch: Math.min(load.lastBatch, rows) }),
  );
  const [channels, height, width] = inputShape;
  const image =
    channels === undefined || height === undefined || width === undefined
      ? undefined
      : largestImage({ channels, height, width }, load, fits);
  const error = new errors.GLIMPSE_TRAINING_TOO_LARGE(
    inMegabytes(expected),
    inMegabytes(limit.bytes),
    limit.setBy,
    inWords(batch, image),
  );
  throw withDetails(error, {
    expectedBytes: Math.round(expected),
    limitBytes: limit.bytes,
    ...(batch > 0 && { largestBatchSize: batch }),
    ...(image && { largestImage: image }),
  });
}

/** Whether it surely fits. */
export function fitsIn(plan: LearningPlan, load: LearningLoad, limit: MemoryLimit): boolean {
  return expectedBytes(plan, load) * (1 + DOUBT) <= limit.bytes;
}

interface ImageSize {
  readonly width: number;
  readonly height: number;
}

/** The largest images of the same proportions with which as large a batch would fit. */
function largestImage(
  { channels, height, width }: ImageSize & { readonly channels: number },
  load: LearningLoad,
  fits: (changed: LearningLoad) => boolean,
): ImageSize | undefined {
  const longer = Math.max(width, height);
  const sizeOf = (side: number): ImageSize => ({
    width: Math.max(1, Math.round((width * side) / longer)),
    height: Math.max(1, Math.round((height * side) / longer)),
  });
  const withImages = (side: number): boolean => {
    const { width: across, height: down } = sizeOf(side);
    const inputShape = [channels, down, across];
    return fits({ ...load, inputShape, exampleBytes: channels * down * across });
  };
  const side = largest(longer - 1, (each) => unlessTooSmall(() => withImages(each)) ?? true);
  const isEnough = side > 0 && unlessTooSmall(() => withImages(side));
  return isEnough ? sizeOf(side) : undefined;
}

/** Undefined where images are too small for the layers of a net. */
function unlessTooSmall(fits: () => boolean): boolean | undefined {
  try {
    return fits();
  } catch (error) {
    if (isGlimpseError(error) && error.code === 'GLIMPSE_ARCHITECTURE_INVALID') return undefined;
    throw error;
  }
}

/** The largest number of up to `most` that fits, where all below it do; 0 where none does. */
function largest(most: number, fits: (value: number) => boolean): number {
  let [known, above] = [0, most + 1];
  while (above - known > 1) {
    const middle = (known + above) >> 1;
    if (fits(middle)) known = middle;
    else above = middle;
  }
  return known;
}

function inWords(batch: number, image: ImageSize | undefined): string {
  const would = [
    ...(batch > 0 ? [`a batch of ${batch} ("batchSize")`] : []),
    ...(image ? [`images of ${image.width}x${image.height} ("dataset.shape")`] : []),
  ];
  return would.length === 0
    ? 'Neither a smaller batch nor smaller images would fit.'
    : `At most ${would.join(', or ')} would fit.`;
}

function inMegabytes(bytes: number): string {
  return `${Math.round(bytes / MB)} MB`;
}
