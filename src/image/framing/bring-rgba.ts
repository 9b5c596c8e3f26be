import type { ContractTwo } from '../../preprocessing/contract-two.ts';
import type { Preprocessing } from '../../preprocessing/contract.ts';
import { isContractTwo } from '../../preprocessing/steps.ts';
import type { Raster } from '../raster.ts';

/** Whether the model takes the alpha of an image as a fourth channel. */
export function keepsAlpha(
  contract: Preprocessing,
): contract is ContractTwo & { readonly channels: 4 } {
  return isContractTwo(contract) && contract.channels === 4;
}

/**
 * Colours and alpha in the frame of a contract of four channels. No step looks at more than one channel, so that each of the
 * two is brought there as an image of its own would be, by `bring`.
 */
export async function bringRgba(
  image: Raster,
  alpha: Raster | undefined,
  contract: ContractTwo,
  bring: (image: Raster, contract: ContractTwo) => Promise<Uint8Array>,
): Promise<Uint8Array> {
  const [colours, fourth] = partsOf(contract);
  const pixels = await bring(image, colours);
  return interleaved(pixels, await bring(alpha ?? opaque(image), fourth));
}

/** What the contract says of the colours, and of the alpha. */
function partsOf(contract: ContractTwo): [colours: ContractTwo, alpha: ContractTwo] {
  const { resize, mean, std } = contract;
  const part = (from: number, to: number): Pick<ContractTwo, 'resize' | 'mean' | 'std'> => ({
    resize: withLevels(resize, from, to),
    mean: mean.slice(from, to),
    std: std.slice(from, to),
  });
  return [
    { ...contract, channels: 3, colourSpace: 'rgb', alpha: 'drop', ...part(0, 3) },
    { ...contract, channels: 1, colourSpace: 'grey', alpha: 'drop', ...part(3, 4) },
  ];
}

function withLevels(resize: ContractTwo['resize'], from: number, to: number) {
  if (!('pad' in resize) || resize.pad.colour === 'border') return resize;
  return { ...resize, pad: { ...resize.pad, colour: resize.pad.colour.slice(from, to) } };
}

function opaque({ width, height }: Raster): Raster {
  return { width, height, channels: 1, data: new Uint8Array(width * height).fill(255) };
}

function interleaved(colours: Uint8Array, alpha: Uint8Array): Uint8Array {
  const pixels = new Uint8Array(4 * alpha.length);
  for (let at = 0; at < alpha.length; at += 1) {
    for (let channel = 0; channel < 3; channel += 1) {
      pixels[4 * at + channel] = colours[3 * at + channel]!;
    }
    pixels[4 * at + 3] = alpha[at]!;
  }
  return pixels;
}
