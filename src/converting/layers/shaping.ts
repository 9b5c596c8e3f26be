import { resize } from '../operations/resizing.ts';
import { crop, flatten, pad, reshape, transpose } from '../operations/shaping.ts';
import { imageOf } from '../operations/image-axes.ts';
import { unreadable, unsupported } from '../refusals.ts';
import type { LayerKind } from './layer.ts';
import type { Settings } from './settings.ts';

type Sides = readonly [readonly [number, number], readonly [number, number]];

/** A number for every side, one for the height and one for the width, or all four: [[top, bottom], [left, right]]. */
function sidesOf(settings: Settings, name: string, title: string): Sides {
  const list = settings.list(name);
  const [a = NaN, b = a, c = b, d = c] = list;
  const sides: Sides =
    list.length === 4
      ? [
          [a, b],
          [c, d],
        ]
      : [
          [a, a],
          [b, b],
        ];
  const isWhole = sides.flat().every((side) => Number.isInteger(side) && side >= 0 && side < 1e5);
  if (!isWhole || list.length === 3 || list.length > 4) {
    throw unreadable(`${title} has a ${name} that is none`);
  }
  return sides;
}

const zeroPadding: LayerKind = ({ graph, settings, title }, input) => {
  imageOf(input);
  const [height, width] = sidesOf(settings, 'padding', title);
  return pad(graph, input, [[0, 0], height, width, [0, 0]]);
};

const cropping: LayerKind = ({ graph, settings, title }, input) =>
  crop(graph, input, ...sidesOf(settings, 'cropping', title));

const upSampling: LayerKind = ({ graph, settings, title }, input) => {
  const { height, width } = imageOf(input);
  const [down, across] = settings.pair('size', 2);
  const interpolation = settings.text('interpolation', 'nearest');
  if (interpolation !== 'nearest' && interpolation !== 'bilinear') {
    throw unsupported(`${title} has the interpolation "${interpolation}"`);
  }
  const size = [height * down, width * across] as const;
  const grid = interpolation === 'nearest' ? 'asymmetric' : 'half_pixel';
  return resize(graph, input, size, interpolation, grid);
};

/** Layers that give the same numbers another shape. */
export const shapingLayers: Readonly<Record<string, LayerKind>> = {
  Flatten: ({ graph }, input) => flatten(graph, input),
  Reshape: ({ graph, settings }, input) =>
    reshape(graph, input, [input.shape[0]!, ...settings.list('target_shape')]),
  Permute: ({ graph, settings }, input) => transpose(graph, input, [0, ...settings.list('dims')]),
  ZeroPadding2D: zeroPadding,
  Cropping2D: cropping,
  UpSampling2D: upSampling,
};
