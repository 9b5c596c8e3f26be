import type { Graph, Value } from './graph.ts';
import { filledWith, type Initialiser } from './initialisers.ts';
import { add, divide, multiply, scale, squareRoot, subtract } from './ops/arithmetic.ts';
import { unpack } from './ops/packing.ts';
import type { ResolvedOptimizer } from './optimizers.ts';

/**
 * One optimizer step as nodes, by Keras' formulas. The gradients of all parameters come packed into one
 * long row, and so does the optimizer's memory: a net of many small tensors costs no more nodes than one
 * of few. The memory lives in slots, which the training graph carries like the parameters themselves.
 */
export interface UpdateContext {
  readonly graph: Graph;
  /** A scalar, fed at every step: the schedule is the trainer's. */
  readonly learningRate: Value;
  /** The value a slot came in with; asked for once. */
  slot(name: string, shape: readonly number[], initialise: Initialiser): Value;
  /** The value it goes out with. */
  update(name: string, value: Value): void;
}

export interface Learnt {
  readonly name: string;
  readonly value: Value;
}

/** Emits the update of every parameter; the new values go out through `context.update`. */
export function emitUpdates(
  context: UpdateContext,
  optimizer: ResolvedOptimizer,
  parameters: readonly Learnt[],
  gradient: Value,
): void {
  const { graph } = context;
  const steps = unpack(
    graph,
    stepOf(context, optimizer, gradient),
    parameters.map(({ value }) => value.shape),
  );
  const decayed = decayOf(context, optimizer);
  parameters.forEach(({ name, value }, index) => {
    context.update(name, subtract(graph, decayed(value), steps[index]!));
  });
}

/** Decoupled weight decay: w (1 - rate decay), beside what the gradient does. */
function decayOf(
  { graph, learningRate }: UpdateContext,
  optimizer: ResolvedOptimizer,
): (value: Value) => Value {
  if (optimizer.name !== 'adamw' || optimizer.weightDecay === 0) return (value) => value;
  const kept = plus(graph, scale(graph, learningRate, -optimizer.weightDecay), 1);
  return (value) => multiply(graph, value, kept);
}

/** What is subtracted from the parameters. */
function stepOf(context: UpdateContext, optimizer: ResolvedOptimizer, gradient: Value): Value {
  const { graph, learningRate } = context;
  const step = () => multiply(graph, gradient, learningRate);
  const remember = memory(context, gradient.shape);
  switch (optimizer.name) {
    case 'sgd':
      return step();
    case 'momentum': {
      const { momentum, nesterov } = optimizer;
      const plain = step();
      const velocity = remember('velocity', 0, (last) =>
        add(graph, scale(graph, last, momentum), plain),
      );
      return nesterov ? add(graph, scale(graph, velocity, momentum), plain) : velocity;
    }
    case 'rmsprop': {
      const { rho, epsilon } = optimizer;
      const squares = remember('meanSquare', 0, (last) =>
        blend(graph, last, multiply(graph, gradient, gradient), rho),
      );
      return divide(graph, step(), squareRoot(graph, plus(graph, squares, epsilon)));
    }
    case 'adagrad': {
      const { initialAccumulator, epsilon } = optimizer;
      const squares = remember('sumOfSquares', initialAccumulator, (last) =>
        add(graph, last, multiply(graph, gradient, gradient)),
      );
      return divide(graph, step(), squareRoot(graph, plus(graph, squares, epsilon)));
    }
    case 'adam':
    case 'adamw':
      break;
  }
  return adamStep(context, optimizer, gradient);
}

/** Both moments start at zero; instead of correcting each of them, the rate is corrected once (Keras). */
function adamStep(
  context: UpdateContext,
  { beta1, beta2, epsilon }: { beta1: number; beta2: number; epsilon: number },
  gradient: Value,
): Value {
  const { graph, learningRate } = context;
  const remember = memory(context, gradient.shape);
  const step = memory(context, [])('step', 0, (last) => plus(graph, last, 1));
  const remaining = (beta: number) =>
    subtract(graph, graph.constant(1), graph.node('Pow', [graph.constant(beta), step], []));
  const correction = divide(graph, squareRoot(graph, remaining(beta2)), remaining(beta1));
  const rate = multiply(graph, learningRate, correction);
  const mean = remember('mean', 0, (last) => blend(graph, last, gradient, beta1));
  const square = remember('meanSquare', 0, (last) =>
    blend(graph, last, multiply(graph, gradient, gradient), beta2),
  );
  const divisor = plus(graph, squareRoot(graph, square), epsilon);
  return divide(graph, multiply(graph, mean, rate), divisor);
}

/** Updates a slot of the optimizer and returns its new value. */
function memory(context: UpdateContext, shape: readonly number[]) {
  return (slot: string, start: number, next: (last: Value) => Value): Value => {
    const name = `optimizer.${slot}`;
    const updated = next(context.slot(name, shape, filledWith(start)));
    context.update(name, updated);
    return updated;
  };
}

/** share old + (1 - share) new. */
function blend(graph: Graph, old: Value, fresh: Value, share: number): Value {
  return add(graph, scale(graph, old, share), scale(graph, fresh, 1 - share));
}

function plus(graph: Graph, x: Value, addend: number): Value {
  return add(graph, x, graph.constant(addend));
}
