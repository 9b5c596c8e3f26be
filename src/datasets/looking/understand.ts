import type { Preprocessing } from '../../preprocessing/contract.ts';
import type { Dataset, ImageShape } from '../dataset.ts';
import { rangeOf } from '../pixels/pixel-range.ts';
import type { DatasetSpec } from '../spec.ts';
import type { Understood } from './look-report.ts';
import type { LookedAt } from './looked-at.ts';

/** How the examples of a dataset were understood; `asked` is the request without what was assumed. */
export function understand(
  { opened, rows, preprocessing }: LookedAt,
  spec: DatasetSpec,
  asked: DatasetSpec,
): Understood {
  const { dataset, format } = opened;
  const label = rows.label();
  const originals = originalsOf(dataset, rows.originalOf);
  const isAssumed = asked.labelColumn === undefined && spec.labelColumn !== undefined;
  return {
    ...(label && { label: isAssumed ? { ...label, by: 'assumption' as const } : { ...label } }),
    shape: { ...dataset.shape },
    shapeBy: asked.shape
      ? 'request'
      : spec.shape
        ? 'assumption'
        : format === 'images'
          ? 'default'
          : 'data',
    ...(spec.layout && { layout: spec.layout }),
    ...(originals ? { originals } : { values: valuesOf(dataset, spec, asked) }),
    becomes: becomes(preprocessing),
    preprocessing,
  };
}

/** The numbers as they stood: bytes, on the scale of the range they were read with. */
function valuesOf(
  { pixels }: Dataset,
  spec: DatasetSpec,
  asked: DatasetSpec,
): NonNullable<Understood['values']> {
  const met = new Uint8Array(256);
  for (let at = 0; at < pixels.length; at += 1) met[pixels[at]!] = 1;
  const { min, max } = rangeOf(spec) ?? { min: 0, max: 255 };
  const valueOf = (byte: number): number =>
    Number((min + (byte * (max - min)) / 255).toPrecision(5));
  const by =
    spec.range === undefined ? 'default' : asked.range === undefined ? 'assumption' : 'request';
  return {
    min: valueOf(met.indexOf(1)),
    max: valueOf(met.lastIndexOf(1)),
    levels: met.reduce((sum, one) => sum + one, 0),
    range: [min, max],
    rangeBy: by,
  };
}

/** Of images the sizes they had; undefined for examples that were numbers. */
function originalsOf(
  { labels }: Dataset,
  originalOf: (index: number) => ImageShape | undefined,
): Understood['originals'] {
  let [smallest, largest]: (ImageShape | undefined)[] = [];
  let [colour, grey] = [0, 0];
  for (let index = 0; index < labels.length; index += 1) {
    const size = originalOf(index);
    if (!size) continue;
    if (size.channels === 3) colour += 1;
    else grey += 1;
    if (!smallest || areaOf(size) < areaOf(smallest)) smallest = size;
    if (!largest || areaOf(size) > areaOf(largest)) largest = size;
  }
  if (!smallest || !largest) return undefined;
  return { smallest: textOf(smallest), largest: textOf(largest), colour, grey };
}

const areaOf = ({ width, height }: ImageShape): number => width * height;
const textOf = ({ width, height }: ImageShape): string => `${width}x${height}`;

/** What black and white become for the model, in each channel. */
function becomes({ scale, mean, std }: Preprocessing): number[][] {
  return mean.map((shift, channel) =>
    [0, 255].map((byte) => Number(((byte * scale - shift) / std[channel]!).toPrecision(4))),
  );
}
