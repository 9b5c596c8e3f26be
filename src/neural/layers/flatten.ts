import type { Static } from 'typebox';
import { Type } from '../../schema/builder.ts';
import { sizeOf } from '../../tensor.ts';
import { reshape } from '../ops/shaping.ts';
import type { LayerKind } from './layer.ts';

export const FlattenSchema = Type.Object(
  { type: Type.Literal('flatten') },
  {
    title: 'FlattenLayer',
    additionalProperties: false,
    description: 'One long row for each example.',
  },
);
export type FlattenSpec = Static<typeof FlattenSchema>;

export const flatten: LayerKind<FlattenSpec> = {
  outputShape: (_, input) => [sizeOf(input)],
  slots: () => [],
  forward: (context, layer, input) =>
    reshape(context.graph, input, [input.shape[0]!, ...layer.outputShape]),
};
