import { preprocessingFor, type PreprocessingPlan } from '../../datasets/preprocessing-for.ts';
import type { ImageShape } from '../../datasets/dataset.ts';
import { errors } from '../../errors.ts';
import type { Adapter } from '../../neural/transfer/join-graphs.ts';
import type { ContractTwo } from '../../preprocessing/contract-two.ts';
import type { Preprocessing } from '../../preprocessing/contract.ts';
import type { Backbone } from './backbone.ts';

type Taking = Pick<Backbone, 'name' | 'shape' | 'preprocessing'>;

/**
 * How images become what is learnt from on top of a backbone: as it takes them itself, where they have its size. Others
 * are bytes that the graph brings to its size.
 */
export function contractFor(
  backbone: Taking,
  plan: Omit<PreprocessingPlan, 'inherited'>,
  shape: ImageShape,
  stored: Preprocessing | undefined,
): ContractTwo {
  checkChannels(backbone, shape);
  const { preprocessing } = backbone;
  if (isOwn(backbone, shape)) {
    const { scale, mean, std, colourSpace } = preprocessing;
    const contract = preprocessingFor({ ...plan, inherited: preprocessing }, shape, stored);
    return { ...contract, scale, mean, std, colourSpace };
  }
  const each = (value: number): number[] => Array.from({ length: shape.channels }, () => value);
  const colourSpace = shape.channels === 1 ? 'grey' : preprocessing.colourSpace;
  const contract = preprocessingFor(plan, shape, stored);
  return { ...contract, colourSpace, scale: 1, mean: each(0), std: each(1) };
}

/** What brings such images to the size of the backbone; undefined where they have it. */
export function adapterFor(backbone: Taking, shape: ImageShape): Adapter | undefined {
  if (isOwn(backbone, shape)) return undefined;
  const { channels, scale, mean, std } = backbone.preprocessing;
  const perChannel = (values: readonly number[]): number[] =>
    Array.from({ length: channels }, (_, at) => values[Math.min(at, values.length - 1)]!);
  return {
    shape: [shape.channels, shape.height, shape.width],
    scale,
    mean: perChannel(mean),
    std: perChannel(std),
  };
}

function isOwn({ shape: own }: Taking, { width, height, channels }: ImageShape): boolean {
  return own.width === width && own.height === height && own.channels === channels;
}

function checkChannels({ name, shape }: Taking, { channels }: ImageShape): void {
  if (channels <= shape.channels) return;
  const why = `${name} takes images of ${shape.channels} channel, and those of the dataset have ${channels}`;
  throw new errors.GLIMPSE_HYPERPARAMETER_INVALID('backbone', why);
}
