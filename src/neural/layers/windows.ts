import type { Static } from 'typebox';
import { Type } from '../../schema/builder.ts';
import { layWindows, type Pair, type Windows } from '../ops/windows.ts';
import { describeShape, mismatch, type Shape } from './layer.ts';

/** What convolution and pooling say in the same words as Keras. */
const Length = Type.Integer({ minimum: 1, maximum: 1024 });

export const PairSchema = Type.Union([Length, Type.Array(Length, { minItems: 2, maxItems: 2 })], {
  title: 'Pair',
  description: 'One number for both, or [height, width].',
});
export type PairSpec = Static<typeof PairSchema>;

export const PaddingSchema = Type.Enum(['valid', 'same'], {
  description: 'same pads with zeros so that stride 1 keeps the size. Default valid.',
});

export interface WindowSpec {
  readonly kernel: PairSpec;
  readonly strides: PairSpec;
  readonly padding: 'valid' | 'same';
}

/** Lays the windows over an image [C, H, W], or throws a misfit. */
export function windowsOver(input: Shape, { kernel, strides, padding }: WindowSpec): Windows {
  const [, height, width] = requireImage(input);
  const windows = layWindows([height, width], pairOf(kernel), pairOf(strides), padding);
  if (windows.output.some((count) => count < 1)) {
    const window = describeShape(windows.kernel);
    throw mismatch(`a window of ${window} does not fit into ${height}x${width}`);
  }
  return windows;
}

export function requireImage(input: Shape): [channels: number, height: number, width: number] {
  const [channels, height, width] = input;
  if (input.length !== 3) {
    throw mismatch(
      `it takes an image (channels x height x width) but gets ${describeShape(input)}`,
    );
  }
  return [channels!, height!, width!];
}

function pairOf(spec: PairSpec): Pair {
  return typeof spec === 'number' ? [spec, spec] : [spec[0]!, spec[1]!];
}
