import type { Static } from 'typebox';
import { Type } from '../../schema/builder.ts';
import { multiply } from '../ops/arithmetic.ts';
import type { LayerKind } from './layer.ts';

export const DropoutSchema = Type.Object(
  {
    type: Type.Literal('dropout'),
    rate: Type.Number({
      minimum: 0,
      exclusiveMaximum: 1,
      description: 'The share of its inputs that is zeroed at each training step.',
    }),
  },
  { title: 'DropoutLayer', additionalProperties: false, description: 'Does nothing when serving.' },
);
export type DropoutSpec = Static<typeof DropoutSchema>;

export const dropout: LayerKind<DropoutSpec> = {
  outputShape: (_, input) => input,
  slots: () => [],
  forward(context, layer, input) {
    const { rate } = layer.spec;
    if (context.mode === 'serving' || rate === 0) return input;
    // Survivors are scaled up by the mask, so that serving needs no correction.
    return multiply(context.graph, input, context.noise(layer, input.shape, 1 - rate));
  },
};
