import type { Layout } from '../../image/prepare-pixels.ts';
import type { ContractTwo } from '../../preprocessing/contract-two.ts';
import { softmax } from '../../tensor.ts';
import type { Reference } from './read-references.ts';
import type { Infer } from './search-scores.ts';

/** How far a reference is from what a request with its image would be. */
export interface Remainder {
  readonly name: string;
  /** The mean and the largest difference of the values, in levels of 0 to 255. */
  readonly mean?: number;
  readonly largest?: number;
  /** The largest difference of a score. */
  readonly score?: number;
}

interface Served {
  readonly references: readonly Reference[];
  readonly form: { readonly layout: Layout };
  readonly prepare: (bytes: Buffer, contract: ContractTwo, layout: Layout) => Promise<Float32Array>;
  readonly infer: Infer | undefined;
}

/** What remains of every reference under a contract, by the way that requests go. */
export async function remainders(
  contract: ContractTwo,
  { references, form, prepare, infer }: Served,
): Promise<Remainder[]> {
  const remaining: Remainder[] = [];
  const scored: { recorded: readonly number[]; output: ArrayLike<number>; at: number }[] = [];
  for (const { name, bytes, tensor, scores } of references) {
    const example = await prepare(bytes, contract, form.layout);
    if (scores && infer) {
      const [output] = await infer([example]);
      scored.push({ recorded: scores, output: output!, at: remaining.length });
    }
    const isPlanar = form.layout === 'NCHW';
    remaining.push({ name, ...(tensor && levelsApart(example, isPlanar, tensor, contract)) });
  }
  const read = readingOf(scored);
  for (const { recorded, output, at } of scored) {
    const row = read(output);
    const score = Math.max(...recorded.map((one, place) => Math.abs(one - row[place]!)));
    remaining[at] = { ...remaining[at]!, score };
  }
  return remaining;
}

const asItIs = (output: ArrayLike<number>): ArrayLike<number> => output;

/** Whether outputs were recorded as they are or as their softmax, by what is closer. */
function readingOf(
  scored: readonly { recorded: readonly number[]; output: ArrayLike<number> }[],
): (output: ArrayLike<number>) => ArrayLike<number> {
  const distance = (read: (output: ArrayLike<number>) => ArrayLike<number>): number =>
    scored.reduce((sum, { recorded, output }) => {
      const row = read(output);
      return sum + recorded.reduce((all, one, at) => all + Math.abs(one - row[at]!), 0);
    }, 0);
  return distance(softmax) < distance(asItIs) ? softmax : asItIs;
}

function levelsApart(
  example: Float32Array,
  isPlanar: boolean,
  { values, isBytes }: NonNullable<Reference['tensor']>,
  { channels, scale, mean, std }: ContractTwo,
): Pick<Remainder, 'mean' | 'largest'> {
  const plane = example.length / channels;
  let sum = 0;
  let largest = 0;
  for (let at = 0; at < values.length; at += 1) {
    const channel = at % channels;
    const ours = example[isPlanar ? channel * plane + Math.floor(at / channels) : at]!;
    const toLevels = std[channel]! / scale;
    const theirs = isBytes ? (values[at]! * scale - mean[channel]!) / std[channel]! : values[at]!;
    const levels = Math.abs(ours - theirs) * toLevels;
    sum += levels;
    largest = Math.max(largest, levels);
  }
  return { mean: sum / values.length, largest };
}
