import type { ContractTwo } from '../../preprocessing/contract-two.ts';
import type { Line } from './affine-fit.ts';

/** How levels of 0 to 255 become what a model takes; mean and std count the channels as the model does. */
export type Normalisation = Pick<ContractTwo, 'scale' | 'mean' | 'std'>;

const byte = 1 / 255;
const imagenet = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };
const clip = {
  mean: [0.48145466, 0.4578275, 0.40821073],
  std: [0.26862954, 0.26130258, 0.27577711],
};

/** Those that trainers use, the usual ones first; one number stands for every channel. */
const known: readonly Normalisation[] = [
  { scale: byte, mean: [0], std: [1] },
  { scale: byte, ...imagenet },
  { scale: 1 / 127.5, mean: [1], std: [1] },
  { scale: 1, mean: [0], std: [1] },
  { scale: 1, mean: [103.939, 116.779, 123.68], std: [1, 1, 1] },
  { scale: 1, mean: [123.68, 116.779, 103.939], std: [1, 1, 1] },
  { scale: byte, ...clip },
  { scale: byte, mean: [0.1307], std: [0.3081] },
  { scale: byte, mean: [0.286], std: [0.353] },
  { scale: byte, mean: [0.4914, 0.4822, 0.4465], std: [0.2023, 0.1994, 0.201] },
  { scale: byte, mean: [0.4914, 0.4822, 0.4465], std: [0.247, 0.2435, 0.2616] },
  { scale: byte, mean: [0.5071, 0.4867, 0.4408], std: [0.2675, 0.2565, 0.2761] },
  { scale: 1 / 128, mean: [1], std: [1] },
  { scale: 1 / 256, mean: [0], std: [1] },
];

/** The known ones for that many channels. */
export function knownNormalisations(channels: number): Normalisation[] {
  const spread = (values: readonly number[]): number[] =>
    values.length === 1 ? Array.from({ length: channels }, () => values[0]!) : [...values];
  return known
    .filter(({ mean }) => mean.length === 1 || mean.length === channels)
    .map(({ scale, mean, std }) => ({ scale, mean: spread(mean), std: spread(std) }));
}

/** The line of each channel that a normalisation draws. */
export function linesOf({ scale, mean, std }: Normalisation): Line[] {
  return mean.map((centre, channel) => ({
    factor: scale / std[channel]!,
    shift: -centre / std[channel]!,
  }));
}

const digits = (value: number): number => Number(value.toPrecision(6));

/** A normalisation that draws these lines, to as many digits as measured ones are worth. */
export function normalisationOf(lines: readonly Line[], scale = byte): Normalisation {
  const std = lines.map(({ factor }) => digits(scale / factor));
  // Where nothing was subtracted the shift is a rounding error.
  const mean = lines.map(({ shift }, channel) => {
    const centre = digits(-shift * std[channel]!);
    return Math.abs(centre) < 1e-5 ? 0 : centre;
  });
  return { scale, mean, std };
}
