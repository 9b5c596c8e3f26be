import { errors } from '../errors.ts';
import { completeContract } from '../preprocessing/complete.ts';
import type { ContractTwo } from '../preprocessing/contract-two.ts';
import type { Preprocessing } from '../preprocessing/contract.ts';
import { differencesOf, listed } from '../preprocessing/differences.ts';
import { handwriting, plainContract } from '../preprocessing/presets.ts';
import type { RequestedPreprocessing } from '../preprocessing/requested.ts';
import { stepsOf } from '../preprocessing/steps.ts';
import type { ImageShape } from './dataset.ts';

/** What decides how images are prepared, besides their shape. */
export interface PreprocessingPlan {
  /** Whether they are digits in the frame of MNIST, into which others are to be brought. */
  readonly isHandwriting: boolean;
  /** What the request says. */
  readonly asked: RequestedPreprocessing | undefined;
  /** That of the version before, for images of the same size. */
  readonly inherited?: Preprocessing | undefined;
}

/**
 * How images become what a model takes: those of its dataset before training, and those
 * sent to it afterwards. `stored` is how the dataset's own images were prepared when it was stored.
 */
export function preprocessingFor(
  { isHandwriting, asked = {}, inherited }: PreprocessingPlan,
  shape: ImageShape,
  stored?: Preprocessing,
): ContractTwo {
  const { width, height, channels } = shape;
  const isMnistFrame = width === 28 && height === 28 && channels === 1;
  const isOfSize =
    inherited?.width === width && inherited.height === height && inherited.channels === channels;
  const base: ContractTwo = {
    ...plainContract(shape),
    ...(isOfSize && stepsOf(inherited)),
    ...(isMnistFrame && isHandwriting && handwriting),
    ...(stored && stepsOf(stored)),
    width,
    height,
    channels,
  };
  refuseOtherChannels(asked, channels);
  const completed = completeContract(base, asked);
  if ('contract' in completed) return completed.contract;
  throw new errors.GLIMPSE_HYPERPARAMETER_INVALID('preprocessing', completed.fault);
}

function refuseOtherChannels(asked: RequestedPreprocessing, channels: number): void {
  const { colourSpace } = asked;
  if (
    colourSpace !== undefined &&
    (colourSpace === 'rgba' || (colourSpace === 'grey') !== (channels === 1))
  ) {
    throw mismatch('colourSpace', `"${colourSpace}"`, channels);
  }
  for (const name of ['mean', 'std'] as const) {
    const length = asked[name]?.length ?? channels;
    if (length !== channels) throw mismatch(name, `a list of ${length}`, channels);
  }
}

/** In words, when the images of a stored dataset were not prepared as those sent to the model are. */
export function preparedOtherwise(
  stored: Preprocessing | undefined,
  served: Preprocessing,
): string | undefined {
  if (!stored) return undefined;
  const differs = differencesOf(stored, served).filter((name) => !isNoPixel(name));
  if (differs.length === 0) return undefined;
  return `The images of the stored dataset were prepared with ${listed(differs, stored)}; those sent to the model are with ${listed(differs, served)}. Import them with that preprocessing for figures that hold.`;
}

/** What happens to pixels after an image has become them, and how many digits of one are asked for. */
const isNoPixel = (name: string): boolean => ['scale', 'mean', 'std', 'read'].includes(name);

function mismatch(name: string, what: string, channels: number): Error {
  return new errors.GLIMPSE_HYPERPARAMETER_INVALID(
    `preprocessing.${name}`,
    `${what} does not go with ${channels} ${channels === 1 ? 'channel' : 'channels'}`,
  );
}
