import type { Signature } from '../signature.ts';
import type { ContractTwo } from './contract-two.ts';
import type { Preprocessing } from './contract.ts';

/** What the values of a contract are multiplied by and moved by. */
type Scaling = Pick<ContractTwo, 'scale' | 'mean' | 'std'>;

/** The scaling that leaves the levels of an image, 0 to 255, as they are. */
export function levelsAsTheyAre(channels: number): Scaling {
  const perChannel = (value: number): number[] => Array.from({ length: channels }, () => value);
  return { scale: 1, mean: perChannel(0), std: perChannel(1) };
}

/**
 * Why an input of this type cannot hold what a contract makes, and what to do about it; undefined when it can. An
 * input of bytes takes the levels of an image: rounding anything else to whole numbers would leave nothing of it.
 */
export function inputValuesFault(
  dtype: Signature['input']['dtype'],
  { scale, mean, std }: Preprocessing,
): string | undefined {
  if (dtype !== 'uint8') return undefined;
  const isAsItIs =
    scale === 1 && mean.every((value) => value === 0) && std.every((value) => value === 1);
  return isAsItIs
    ? undefined
    : 'the input takes whole numbers from 0 to 255 (uint8), and the values are scaled to others: set scale to 1, mean to 0 and std to 1, and let the graph scale them';
}
