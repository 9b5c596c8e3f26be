import { textOfShape, type ImageShape } from '../../datasets/dataset.ts';
import type { PresetName } from '../../neural/presets.ts';
import type { SeenData } from './seen-data.ts';

/** What was decided of a net, and why, in words. */
export interface ChosenNet {
  readonly architecture: PresetName | 'transfer';
  /** What image files are brought to; undefined where the examples have a shape of their own. */
  readonly shape?: ImageShape;
  readonly epochs?: number;
  readonly why: string;
}

/** What a request leaves open, and what may be spent. */
export interface Choosing {
  /** Whether it asks for nothing that a backbone rules out. */
  readonly mayTransfer: boolean;
  /** Of image files, where a version before decides it. */
  readonly inherited: ImageShape | undefined;
  /** Whether a training of this net on examples of this shape fits in memory. */
  readonly fits: (architecture: PresetName, shape: ImageShape) => boolean;
}

const foundingShape: ImageShape = { width: 28, height: 28, channels: 1 };

/** Smaller images have nothing to show that a convolution would find. */
const LEAST_SIDE = 16;
/** Larger images are brought down to it: a net from nothing learns little more of them, in four times the time. */
const MOST_SIDE = 64;
/** A backbone makes nothing of smaller images, and takes minutes for more of them. */
const LEAST_FOR_BACKBONE = 64;
const MOST_FOR_BACKBONE = 4000;
/** Of pixels learnt from in all epochs: about ten minutes on one core. */
const MOST_PIXELS = 1.3e9;
const USUAL_EPOCHS = 50;
const LEAST_EPOCHS = 10;

/** The net for what was seen of a dataset; the same for the same data. */
export function chooseNet(seen: SeenData, choosing: Choosing): ChosenNet {
  const { original } = seen;
  if (seen.shape) return netFor(seen.shape, seen, choosing);
  const { inherited } = choosing;
  if (original && inherited) return { ...netFor(inherited, seen, choosing), shape: inherited };
  if (!original) return { architecture: 'dense', why: 'nothing was seen of its images' };
  const shorter = Math.min(original.width, original.height);
  const { count } = seen;
  const isFew = count === undefined || count <= MOST_FOR_BACKBONE;
  if (choosing.mayTransfer && seen.isPhotographic && shorter >= LEAST_FOR_BACKBONE && isFew) {
    return {
      architecture: 'transfer',
      why: `${countInWords(count)} look like photographs, of ${original.width}x${original.height} as a rule: a net that has learnt others before needs few of them`,
    };
  }
  if (isFounding(original)) return netFor(foundingShape, seen, choosing);
  const side = Math.max(LEAST_SIDE, Math.min(shorter, MOST_SIDE));
  const shape = { width: side, height: side, channels: original.channels };
  return { ...netFor(shape, seen, choosing), shape };
}

function netFor(shape: ImageShape, { count }: SeenData, { fits }: Choosing): ChosenNet {
  const size = textOfShape(shape);
  if (isFounding(shape)) {
    return { architecture: 'dense', why: `images of ${size} are those of the founding example` };
  }
  if (Math.min(shape.width, shape.height) < LEAST_SIDE) {
    return { architecture: 'dense', why: `images of ${size} are too small for convolutions` };
  }
  const architecture = (['cnn', 'cnn-tiny'] as const).find((name) => fits(name, shape));
  if (!architecture) {
    return {
      architecture: 'dense',
      why: `a convolutional net on images of ${size} does not fit in memory`,
    };
  }
  const epochs = epochsFor(shape, count);
  return {
    architecture,
    ...(epochs < USUAL_EPOCHS && { epochs }),
    why: `${countInWords(count)} are learnt from as ${size}, by convolutions${
      architecture === 'cnn' ? '' : ', of which a small net fits in memory'
    }${epochs < USUAL_EPOCHS ? `, in ${epochs} epochs for so many` : ''}`,
  };
}

function epochsFor({ width, height }: ImageShape, count = 0): number {
  const affordable = Math.floor(MOST_PIXELS / Math.max(1, count * width * height));
  return Math.max(LEAST_EPOCHS, Math.min(USUAL_EPOCHS, affordable));
}

function isFounding({ width, height, channels }: ImageShape): boolean {
  return width === 28 && height === 28 && channels === 1;
}

function countInWords(count: number | undefined): string {
  return count === undefined ? 'its images' : `its ${count} images`;
}
