import type { Static } from 'typebox';
import { Type } from '../../schema/builder.ts';
import { averagePool, maxPool } from '../ops/pooling.ts';
import { meanOver } from '../ops/reduction.ts';
import type { Windows } from '../ops/windows.ts';
import { requireImage, PaddingSchema, PairSchema, windowsOver } from './windows.ts';
import type { LayerKind, Shape } from './layer.ts';

const poolFields = {
  poolSize: Type.Optional(PairSchema),
  strides: Type.Optional(PairSchema),
  padding: Type.Optional(PaddingSchema),
};

export const MaxPool2dSchema = Type.Object(
  { type: Type.Literal('maxPool2d'), ...poolFields },
  {
    title: 'MaxPool2dLayer',
    additionalProperties: false,
    description: 'The largest of each window; 2x2 by default, strides as the window.',
  },
);
export type MaxPool2dSpec = Static<typeof MaxPool2dSchema>;

export const AveragePool2dSchema = Type.Object(
  { type: Type.Literal('averagePool2d'), ...poolFields },
  {
    title: 'AveragePool2dLayer',
    additionalProperties: false,
    description: 'The mean of each window; 2x2 by default, strides as the window.',
  },
);
export type AveragePool2dSpec = Static<typeof AveragePool2dSchema>;

export const GlobalAveragePooling2dSchema = Type.Object(
  { type: Type.Literal('globalAveragePooling2d') },
  {
    title: 'GlobalAveragePooling2dLayer',
    additionalProperties: false,
    description: 'The mean of each channel: a flat row.',
  },
);
export type GlobalAveragePooling2dSpec = Static<typeof GlobalAveragePooling2dSchema>;

export const maxPool2d: LayerKind<MaxPool2dSpec> = {
  outputShape: pooledShape,
  slots: () => [],
  forward: ({ graph }, { spec, inputShape }, input) =>
    maxPool(graph, input, windowsOf(spec, inputShape)),
};

export const averagePool2d: LayerKind<AveragePool2dSpec> = {
  outputShape: pooledShape,
  slots: () => [],
  forward: ({ graph }, { spec, inputShape }, input) =>
    averagePool(graph, input, windowsOf(spec, inputShape)),
};

export const globalAveragePooling2d: LayerKind<GlobalAveragePooling2dSpec> = {
  outputShape: (_, input) => [requireImage(input)[0]],
  slots: () => [],
  forward: ({ graph }, _, input) => meanOver(graph, input, [2, 3]),
};

type PoolSpec = Pick<MaxPool2dSpec, keyof typeof poolFields>;

function pooledShape(spec: PoolSpec, input: Shape): Shape {
  return [input[0]!, ...windowsOf(spec, input).output];
}

function windowsOf(spec: PoolSpec, input: Shape): Windows {
  const { poolSize = 2, padding = 'valid' } = spec;
  return windowsOver(input, { kernel: poolSize, strides: spec.strides ?? poolSize, padding });
}
