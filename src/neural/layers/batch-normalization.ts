import type { Static } from 'typebox';
import { Type } from '../../schema/builder.ts';
import { filledWith } from '../initialisers.ts';
import { add, scale } from '../ops/arithmetic.ts';
import { normaliseBatch, normaliseBy } from '../ops/normalisation.ts';
import { describeShape, mismatch, type LayerKind, type SlotSpec } from './layer.ts';

export const BatchNormalizationSchema = Type.Object(
  {
    type: Type.Literal('batchNormalization'),
    momentum: Type.Optional(
      Type.Number({
        minimum: 0,
        exclusiveMaximum: 1,
        description: 'Memory of the running averages. Default 0.9.',
      }),
    ),
    epsilon: Type.Optional(
      Type.Number({ exclusiveMinimum: 0, maximum: 1, description: 'Default 0.001.' }),
    ),
  },
  {
    title: 'BatchNormalizationLayer',
    additionalProperties: false,
    description: 'Mean 0 and variance 1 for each channel, then a learnt scale and shift.',
  },
);
export type BatchNormalizationSpec = Static<typeof BatchNormalizationSchema>;

export function epsilonOf(spec: BatchNormalizationSpec): number {
  return spec.epsilon ?? 1e-3;
}

export const batchNormalization: LayerKind<BatchNormalizationSpec> = {
  outputShape(_, input) {
    if (input.length !== 1 && input.length !== 3) {
      throw mismatch(`it takes an image or a flat row but gets ${describeShape(input)}`);
    }
    return input;
  },
  slots({ inputShape }) {
    const shape = [inputShape[0]!];
    const slot = (name: string, role: SlotSpec['role'], start: number): SlotSpec => ({
      slot: name,
      shape,
      role,
      decays: false,
      initialise: filledWith(start),
    });
    return [
      slot('gamma', 'parameter', 1),
      slot('beta', 'parameter', 0),
      slot('mean', 'running', 0),
      slot('variance', 'running', 1),
    ];
  },
  forward(context, layer, input) {
    const { graph } = context;
    const [gamma, beta] = [context.slot(layer, 'gamma'), context.slot(layer, 'beta')];
    const running = {
      mean: context.slot(layer, 'mean'),
      variance: context.slot(layer, 'variance'),
    };
    const epsilon = epsilonOf(layer.spec);
    if (context.mode === 'serving') {
      return normaliseBy(graph, input, gamma, beta, running, epsilon);
    }
    const batch = normaliseBatch(graph, input, gamma, beta, epsilon);
    const { momentum = 0.9 } = layer.spec;
    for (const slot of ['mean', 'variance'] as const) {
      const kept = scale(graph, running[slot], momentum);
      context.update(layer, slot, add(graph, kept, scale(graph, batch[slot], 1 - momentum)));
    }
    return batch.out;
  },
};
