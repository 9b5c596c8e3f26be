import type { Static } from 'typebox';
import { Type } from '../../schema/builder.ts';
import { sizeOf } from '../../tensor.ts';
import { filledWith, glorotUniform, orthogonalBlocks, type Initialiser } from '../initialisers.ts';
import { recur, type Cell } from '../ops/recurrent.ts';
import { reshape, transpose } from '../ops/shaping.ts';
import type { Graph, Value } from '../graph.ts';
import { describeShape, mismatch, type LayerKind, type Shape, type SlotSpec } from './layer.ts';

function cellSchema<Name extends Cell>(name: Name, title: string, description: string) {
  return Type.Object(
    {
      type: Type.Literal(name),
      units: Type.Integer({ minimum: 1, maximum: 4096 }),
      returnSequences: Type.Optional(
        Type.Boolean({ description: 'Every step, not the last alone. Default false.' }),
      ),
    },
    { additionalProperties: false, title, description },
  );
}

export const SimpleRnnSchema = cellSchema(
  'simpleRnn',
  'SimpleRnnLayer',
  'Reads an image row by row.',
);
export const LstmSchema = cellSchema(
  'lstm',
  'LstmLayer',
  'Reads an image row by row, with a long memory.',
);
export const GruSchema = cellSchema(
  'gru',
  'GruLayer',
  'Reads an image row by row, with a gated memory.',
);
export type SimpleRnnSpec = Static<typeof SimpleRnnSchema>;
export type LstmSpec = Static<typeof LstmSchema>;
export type GruSpec = Static<typeof GruSchema>;

interface Gates {
  readonly count: number;
  /** How many numbers of bias for each unit. */
  readonly biases: number;
  readonly biasStart: (units: number) => Initialiser;
}

const plainStart = () => filledWith(0);

/** An LSTM starts out remembering: the bias of its forget gate, third in ONNX's order, is 1. */
const rememberingStart =
  (units: number): Initialiser =>
  (shape) =>
    new Float32Array(sizeOf(shape)).fill(1, 2 * units, 3 * units);

export const simpleRnn = recurrentKind<SimpleRnnSpec>({
  count: 1,
  biases: 1,
  biasStart: plainStart,
});
export const lstm = recurrentKind<LstmSpec>({ count: 4, biases: 4, biasStart: rememberingStart });
export const gru = recurrentKind<GruSpec>({ count: 3, biases: 6, biasStart: plainStart });

type CellSpec = SimpleRnnSpec | LstmSpec | GruSpec;

function recurrentKind<Spec extends CellSpec>(gates: Gates): LayerKind<Spec> {
  return {
    outputShape(spec, input) {
      const [steps] = asSequence(input);
      return spec.returnSequences === true ? [steps, spec.units] : [spec.units];
    },
    slots: ({ spec, inputShape }) => cellSlots(gates, spec.units, asSequence(inputShape)[1]),
    forward(context, layer, input) {
      const { graph } = context;
      const everyStep = layer.spec.returnSequences === true;
      const tensors = {
        kernel: context.slot(layer, 'kernel'),
        recurrent: context.slot(layer, 'recurrentKernel'),
        bias: context.slot(layer, 'bias'),
      };
      const rows = stepsFirst(graph, input, layer.inputShape);
      const out = recur(graph, layer.spec.type, rows, tensors, everyStep);
      return everyStep ? transpose(graph, out, [1, 0, 2]) : out;
    },
  };
}

function cellSlots({ count, biases, biasStart }: Gates, units: number, features: number) {
  return [
    slotOf('kernel', [count * units, features], glorotUniform(features, count * units)),
    slotOf('recurrentKernel', [count * units, units], orthogonalBlocks(units)),
    slotOf('bias', [biases * units], biasStart(units)),
  ];
}

function slotOf(slot: string, shape: Shape, initialise: Initialiser): SlotSpec {
  return { slot, shape, role: 'parameter', decays: slot !== 'bias', initialise };
}

/** An image is a sequence of its rows; the output of another recurrent layer is one already. */
function asSequence(input: Shape): [steps: number, features: number] {
  const [first, second, third] = input;
  if (input.length === 3) return [second!, first! * third!];
  if (input.length === 2) return [first!, second!];
  throw mismatch(
    `it takes an image or a sequence but gets ${describeShape(input)}; a recurrent layer before it needs "returnSequences"`,
  );
}

/** [B, C, H, W] or [B, T, F] as [T, B, features], which is how the runtime's cells read. */
function stepsFirst(graph: Graph, input: Value, shape: Shape): Value {
  const [steps, features] = asSequence(shape);
  if (shape.length === 2) return transpose(graph, input, [1, 0, 2]);
  const rows = transpose(graph, input, [2, 0, 1, 3]);
  return reshape(graph, rows, [steps, input.shape[0]!, features]);
}
