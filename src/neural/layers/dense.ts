import type { Static } from 'typebox';
import { Type } from '../../schema/builder.ts';
import { filledWith, glorotUniform } from '../initialisers.ts';
import { activate } from '../ops/activations.ts';
import { affine } from '../ops/matmul.ts';
import { ActivationSchema } from './activation.ts';
import { describeShape, mismatch, type LayerKind, type SlotSpec } from './layer.ts';

export const DenseSchema = Type.Object(
  {
    type: Type.Literal('dense'),
    units: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 65_536,
        description: 'How many outputs. May be left out on the last layer: one for each class.',
      }),
    ),
    activation: Type.Optional(ActivationSchema),
    useBias: Type.Optional(Type.Boolean({ description: 'Default true.' })),
  },
  {
    title: 'DenseLayer',
    additionalProperties: false,
    description: 'Every output sees every input.',
  },
);
export type DenseSpec = Static<typeof DenseSchema>;

export const dense: LayerKind<DenseSpec> = {
  outputShape(spec, input) {
    if (input.length !== 1) {
      throw mismatch(
        `it takes a flat input but gets ${describeShape(input)}; put a "flatten" layer before it`,
      );
    }
    if (spec.units === undefined) throw mismatch('"units" is missing');
    return [spec.units];
  },
  slots({ spec, inputShape, outputShape }) {
    const [inputs, units] = [inputShape[0]!, outputShape[0]!];
    const kernel: SlotSpec = {
      slot: 'kernel',
      shape: [inputs, units],
      role: 'parameter',
      decays: true,
      initialise: glorotUniform(inputs, units),
    };
    return spec.useBias === false ? [kernel] : [kernel, biasSlot(units)];
  },
  forward(context, layer, input) {
    const bias = layer.spec.useBias === false ? undefined : context.slot(layer, 'bias');
    const sum = affine(context.graph, input, context.slot(layer, 'kernel'), bias);
    return activate(context.graph, sum, layer.spec.activation ?? 'linear');
  },
};

export function biasSlot(units: number): SlotSpec {
  return {
    slot: 'bias',
    shape: [units],
    role: 'parameter',
    decays: false,
    initialise: filledWith(0),
  };
}
