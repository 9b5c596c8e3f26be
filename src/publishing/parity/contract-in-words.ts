import type { ContractTwo } from '../../preprocessing/contract-two.ts';

const numbers = (values: readonly number[]): string =>
  new Set(values).size === 1 ? String(values[0]) : values.join(' ');

/** A contract on one line, as far as it is looked for. */
export function inWords(contract: ContractTwo): string {
  const { width, height, colourSpace, resize, crop, icc, exif, alpha, scale, mean, std } = contract;
  const size =
    typeof resize.size === 'number' ? resize.size : `${resize.size.width}x${resize.size.height}`;
  return [
    `${resize.mode} ${size} ${resize.kernel}${resize.antialias ? ' with antialias' : ''}`,
    ...('pad' in resize ? [`padded with ${String(resize.pad.colour)} ${resize.pad.align}`] : []),
    ...(crop ? [`cropped to ${width}x${height} ${crop.align}`] : []),
    `icc ${icc}, exif ${exif}, alpha ${typeof alpha === 'string' ? alpha : `on ${numbers(alpha.flatten)}`}`,
    `${colourSpace} ${scaleInWords(scale)}, mean ${numbers(mean)}, std ${numbers(std)}`,
  ].join('; ');
}

/** 1/255 is known better so than as 0.00392. */
function scaleInWords(scale: number): string {
  const inverse = 1 / scale;
  const rounded = Math.round(inverse * 10) / 10;
  return scale !== 1 && Math.abs(inverse - rounded) < 1e-9 ? `1/${rounded}` : String(scale);
}
