import type { Static } from 'typebox';
import { Type } from '../../schema/builder.ts';
import { glorotUniform } from '../initialisers.ts';
import { activate } from '../ops/activations.ts';
import { convolve } from '../ops/convolution.ts';
import type { Windows } from '../ops/windows.ts';
import { ActivationSchema } from './activation.ts';
import { biasSlot } from './dense.ts';
import type { LayerKind, Shape, SlotSpec } from './layer.ts';
import { PaddingSchema, PairSchema, windowsOver } from './windows.ts';

export const Conv2dSchema = Type.Object(
  {
    type: Type.Literal('conv2d'),
    filters: Type.Integer({ minimum: 1, maximum: 8192 }),
    kernelSize: PairSchema,
    strides: Type.Optional(PairSchema),
    padding: Type.Optional(PaddingSchema),
    activation: Type.Optional(ActivationSchema),
    useBias: Type.Optional(Type.Boolean({ description: 'Default true.' })),
  },
  {
    title: 'Conv2dLayer',
    additionalProperties: false,
    description: 'Learnt filters that slide over an image.',
  },
);
export type Conv2dSpec = Static<typeof Conv2dSchema>;

export const conv2d: LayerKind<Conv2dSpec> = {
  outputShape: (spec, input) => [spec.filters, ...windowsOf(spec, input).output],
  slots({ spec, inputShape }) {
    const [rows, columns] = windowsOf(spec, inputShape).kernel;
    const channels = inputShape[0]!;
    const area = rows * columns;
    const kernel: SlotSpec = {
      slot: 'kernel',
      shape: [spec.filters, channels, rows, columns],
      role: 'parameter',
      decays: true,
      initialise: glorotUniform(area * channels, area * spec.filters),
    };
    return spec.useBias === false ? [kernel] : [kernel, biasSlot(spec.filters)];
  },
  forward(context, layer, input) {
    const { spec, inputShape } = layer;
    const bias = spec.useBias === false ? undefined : context.slot(layer, 'bias');
    const kernel = context.slot(layer, 'kernel');
    const sum = convolve(context.graph, input, kernel, bias, windowsOf(spec, inputShape));
    return activate(context.graph, sum, spec.activation ?? 'linear');
  },
};

function windowsOf(spec: Conv2dSpec, input: Shape): Windows {
  const { kernelSize, strides = 1, padding = 'valid' } = spec;
  return windowsOver(input, { kernel: kernelSize, strides, padding });
}
