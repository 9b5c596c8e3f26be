import { errors } from '../errors.ts';
import type { Random } from '../random.ts';
import { gradientsOf } from './gradients.ts';
import { createGraph, type Graph, type Value } from './graph.ts';
import type { Initialiser } from './initialisers.ts';
import { forwardLayer, slotsOf, type ResolvedLayer } from './layers/kinds.ts';
import type { ForwardContext, Shape, SlotSpec } from './layers/layer.ts';
import { countCorrect, smoothTargets, softmaxCrossEntropy, weightTargets } from './losses.ts';
import { resolveOptimizer, type OptimizerSpec } from './optimizers.ts';
import { poolBeforeActivating } from './ordering.ts';
import { pack } from './ops/packing.ts';
import { addL2, clipNorm } from './regularisation.ts';
import { serializeGraph } from './serialize.ts';
import { emitUpdates } from './updates.ts';

export interface TrainingOptions {
  readonly layers: readonly ResolvedLayer[];
  /** [channels, height, width] of one example. */
  readonly inputShape: Shape;
  readonly classes: number;
  /** A graph is for exactly this many examples; a remainder batch runs a graph of its own. */
  readonly batchSize: number;
  readonly optimizer: OptimizerSpec;
  readonly labelSmoothing?: number;
  /** Strength of L2 on kernels: adds `l2 * sum(w^2)` to what is minimised (not to the reported loss). */
  readonly l2?: number;
  /** The largest norm all gradients together may have. */
  readonly gradientClip?: number;
  /** One factor for each class, applied to the loss of its examples. */
  readonly classWeights?: readonly number[];
}

/** A tensor that goes in at every step under `name` and comes out changed under `nextName`. */
export interface StateSlot {
  readonly name: string;
  readonly nextName: string;
  readonly shape: Shape;
  readonly role: 'parameter' | 'running' | 'optimizer';
  /** Its first value. Draws from a fork of its own, so the order of initialising does not matter. */
  initialise(random: Random): Float32Array;
}

/** A dropout mask the trainer draws at every step: 1 / keepProbability with that chance, else 0. */
export interface NoiseInput {
  readonly name: string;
  readonly shape: Shape;
  readonly keepProbability: number;
}

/** One training step: forward, loss, gradients and optimizer update, as ONNX bytes. */
export interface TrainingGraph {
  readonly model: Uint8Array;
  /** Names of the inputs: examples [B, C, H, W], one-hot targets [B, classes], a scalar rate. */
  readonly inputs: typeof inputNames;
  readonly noise: readonly NoiseInput[];
  /** The same names and shapes for every batch size. */
  readonly state: readonly StateSlot[];
  /** Names of two scalars: the mean loss of the batch, and how many answers were right. */
  readonly outputs: typeof outputNames;
}

const inputNames = { examples: 'x', targets: 'targets', learningRate: 'learningRate' } as const;
const outputNames = { loss: 'loss', correct: 'correct' } as const;

export function buildTrainingGraph(options: TrainingOptions): TrainingGraph {
  checkOptions(options);
  const { layers, inputShape, classes, batchSize, optimizer } = options;
  const graph = createGraph();
  const examples = graph.input(inputNames.examples, [batchSize, ...inputShape]);
  const targets = graph.input(inputNames.targets, [batchSize, classes]);
  const learningRate = graph.input(inputNames.learningRate, []);
  const noise: NoiseInput[] = [];
  const state = createState(graph);
  const parameters = declareSlots(state, layers);

  const logits = forward(graph, state, noise, layers, examples);
  const soft = smoothTargets(graph, targets, options.labelSmoothing ?? 0);
  const weighted = weightTargets(graph, soft, targets, options.classWeights);
  const loss = softmaxCrossEntropy(graph, logits, weighted);
  graph.output(outputNames.loss, loss);
  graph.output(outputNames.correct, countCorrect(graph, logits, targets));

  const gradient = regularisedGradient(graph, loss, parameters, options);
  emitUpdates({ graph, learningRate, ...state }, resolveOptimizer(optimizer), parameters, gradient);
  state.finish();
  const model = serializeGraph(graph, 'training-step');
  return { model, inputs: inputNames, outputs: outputNames, noise, state: state.slots };
}

/** The tensors carried from step to step, collected while the graph grows. */
interface State {
  readonly slots: StateSlot[];
  slot(name: string, shape: Shape, initialise: Initialiser, role?: StateSlot['role']): Value;
  get(name: string): Value;
  update(name: string, value: Value): void;
  /** Declares what comes out: the updates, and unchanged whatever got none. */
  finish(): void;
}

function createState(graph: Graph): State {
  const slots: StateSlot[] = [];
  const values = new Map<string, Value>();
  const updates = new Map<string, Value>();
  const get = (name: string): Value => {
    const value = values.get(name);
    if (!value) throw new Error(`no state is called ${name}: this is our bug`);
    return value;
  };
  return {
    slots,
    get,
    slot(name, shape, initialise, role = 'optimizer') {
      const value = graph.input(name, shape);
      values.set(name, value);
      const first = (random: Random) => initialise(shape, random.fork(name));
      slots.push({ name, nextName: `${name}.next`, shape, role, initialise: first });
      return value;
    },
    update(name, value) {
      updates.set(name, value);
    },
    finish() {
      for (const { name, nextName } of slots) {
        graph.output(nextName, updates.get(name) ?? get(name));
      }
    },
  };
}

interface Parameter extends SlotSpec {
  readonly name: string;
  readonly value: Value;
}

function declareSlots(state: State, layers: readonly ResolvedLayer[]): Parameter[] {
  const declared = layers.flatMap((layer) =>
    slotsOf(layer).map((slot) => {
      const name = `${layer.name}.${slot.slot}`;
      return { ...slot, name, value: state.slot(name, slot.shape, slot.initialise, slot.role) };
    }),
  );
  return declared.filter((slot) => slot.role === 'parameter');
}

function forward(
  graph: Graph,
  state: State,
  noise: NoiseInput[],
  layers: readonly ResolvedLayer[],
  examples: Value,
): Value {
  const context: ForwardContext = {
    graph,
    mode: 'training',
    slot: (layer, slot) => state.get(`${layer.name}.${slot}`),
    noise(layer, shape, keepProbability) {
      const name = `${layer.name}.noise`;
      noise.push({ name, shape, keepProbability });
      return graph.input(name, shape);
    },
    update: (layer, slot, value) => state.update(`${layer.name}.${slot}`, value),
  };
  return poolBeforeActivating(layers).reduce(
    (value, layer) => forwardLayer(context, layer, value),
    examples,
  );
}

/** The gradients of all parameters, packed. */
function regularisedGradient(
  graph: Graph,
  loss: Value,
  parameters: readonly Parameter[],
  { l2 = 0, gradientClip }: TrainingOptions,
): Value {
  const values = parameters.map(({ value }) => value);
  const plain = gradientsOf(graph, loss, values);
  const decayed = parameters.map(({ decays, value }, index) =>
    l2 > 0 && decays ? addL2(graph, plain[index]!, value, l2) : plain[index]!,
  );
  const packed = pack(graph, decayed);
  return gradientClip === undefined ? packed : clipNorm(graph, packed, gradientClip);
}

function checkOptions(options: TrainingOptions): void {
  const {
    batchSize,
    classes,
    labelSmoothing = 0,
    l2 = 0,
    gradientClip = 1,
    classWeights,
  } = options;
  if (!Number.isInteger(batchSize) || batchSize < 1) refuse('batchSize', 'it must be at least 1');
  if (!(labelSmoothing >= 0 && labelSmoothing < 1))
    refuse('labelSmoothing', 'it must be in [0, 1)');
  if (!(l2 >= 0 && Number.isFinite(l2))) refuse('l2', 'it must be 0 or more');
  if (!(gradientClip > 0)) refuse('gradientClip', 'it must be more than 0');
  if (!classWeights) return;
  if (classWeights.length !== classes) {
    refuse('classWeights', `there are ${classWeights.length} for ${classes} classes`);
  }
  if (!classWeights.every((weight) => weight >= 0 && Number.isFinite(weight))) {
    refuse('classWeights', 'each must be 0 or more');
  }
}

function refuse(name: string, why: string): never {
  throw new errors.GLIMPSE_HYPERPARAMETER_INVALID(name, why);
}
