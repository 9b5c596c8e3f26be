import type { Static } from 'typebox';
import { Type } from '../../schema/builder.ts';
import { activate, activationNames } from '../ops/activations.ts';
import type { LayerKind } from './layer.ts';

export const ActivationSchema = Type.Enum(activationNames, {
  title: 'Activation',
  description: 'Default linear. The last layer stays linear: its outputs are the logits.',
});

export const ActivationLayerSchema = Type.Object(
  { type: Type.Literal('activation'), activation: ActivationSchema },
  {
    title: 'ActivationLayer',
    additionalProperties: false,
    description: 'An activation by itself, e.g. after batch norm.',
  },
);
export type ActivationSpec = Static<typeof ActivationLayerSchema>;

export const activation: LayerKind<ActivationSpec> = {
  outputShape: (_, input) => input,
  slots: () => [],
  forward: (context, layer, input) => activate(context.graph, input, layer.spec.activation),
};
