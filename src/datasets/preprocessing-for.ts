import type { Static } from 'typebox';
import { errors } from '../errors.ts';
import { Type } from '../schema/builder.ts';
import { mnistPreprocessing, PreprocessingSchema, type Preprocessing } from '../signature.ts';
import type { ImageShape } from './dataset.ts';
import { Closed } from '../schema.ts';

/** What a request may say about how its images are prepared. */
export const RequestedPreprocessingSchema = Type.Partial(
  Type.Omit(PreprocessingSchema, ['width', 'height', 'channels']),
  {
    title: 'RequestedPreprocessing',
    ...Closed,
    description:
      'How images sent to the model become what the dataset holds. By default as for the version before, else resized; the digits of MNIST and of our samples are also brought into the frame of MNIST.',
  },
);

/** How images become examples of this shape when a request asks for nothing else: they are only resized. */
export function plainPreprocessing({ width, height, channels }: ImageShape): Preprocessing {
  return {
    ...mnistPreprocessing,
    canonicalise: 'none',
    colourSpace: channels === 1 ? 'grey' : 'rgb',
    width,
    height,
    channels,
    mean: Array.from({ length: channels }, () => 0),
    std: Array.from({ length: channels }, () => 1),
  };
}

/** What decides how images are prepared, besides their shape. */
export interface PreprocessingPlan {
  /** Whether they are digits in the frame of MNIST, into which others are to be brought. */
  readonly isHandwriting: boolean;
  /** What the request says. */
  readonly asked: Static<typeof RequestedPreprocessingSchema> | undefined;
  /** That of the version before, for images of the same size. */
  readonly inherited?: Preprocessing | undefined;
}

/**
 * How images become what a model takes: those of its dataset before training, and those
 * sent to it afterwards. `stored` is how the dataset's own images were prepared when it was stored.
 */
export function preprocessingFor(
  { isHandwriting, asked, inherited }: PreprocessingPlan,
  shape: ImageShape,
  stored?: Preprocessing,
): Preprocessing {
  const { width, height, channels } = shape;
  const isMnistFrame = width === 28 && height === 28 && channels === 1;
  const isOfSize =
    inherited?.width === width && inherited.height === height && inherited.channels === channels;
  const preprocessing: Preprocessing = {
    ...plainPreprocessing(shape),
    ...(isOfSize && inherited),
    ...(isMnistFrame && isHandwriting && { canonicalise: 'handwriting' as const }),
    ...stored,
    ...asked,
    width,
    height,
    channels,
  };
  if ((preprocessing.colourSpace === 'grey') !== (channels === 1)) {
    throw mismatch('colourSpace', `"${preprocessing.colourSpace}"`, channels);
  }
  for (const name of ['mean', 'std'] as const) {
    const { length } = preprocessing[name];
    if (length !== channels) throw mismatch(name, `a list of ${length}`, channels);
  }
  return preprocessing;
}

/** What decides how an image becomes pixels, before they are scaled. */
const DECODING = [
  'colourSpace',
  'fit',
  'canonicalise',
  'polarity',
  'centring',
  'alphaBackground',
  'exifRotation',
] as const;

/** In words, when the images of a stored dataset were not prepared as those sent to the model are. */
export function preparedOtherwise(
  stored: Preprocessing | undefined,
  served: Preprocessing,
): string | undefined {
  if (!stored) return undefined;
  const differs = DECODING.filter((name) => stored[name] !== served[name]);
  if (differs.length === 0) return undefined;
  const was = differs.map((name) => `${name} ${stored[name]}`).join(', ');
  const is = differs.map((name) => `${name} ${served[name]}`).join(', ');
  return `The images of the stored dataset were prepared with ${was}; those sent to the model are with ${is}. Import them with that preprocessing for figures that hold.`;
}

function mismatch(name: string, what: string, channels: number): Error {
  return new errors.GLIMPSE_HYPERPARAMETER_INVALID(
    `preprocessing.${name}`,
    `${what} does not go with ${channels} ${channels === 1 ? 'channel' : 'channels'}`,
  );
}
