import type { Graph, Value } from './graph.ts';
import { filledWith, type Initialiser } from './initialisers.ts';
import { add, divide, multiply, negate, scale, squareRoot, subtract } from './ops/arithmetic.ts';
import type { ResolvedOptimizer } from './optimizers.ts';

/**
 * One optimizer step as nodes, by Keras' formulas. Each optimizer keeps its memory in slots, which the
 * training graph carries from step to step like the parameters themselves.
 */
export interface UpdateContext {
  readonly graph: Graph;
  /** A scalar, fed at every step: the schedule is the trainer's. */
  readonly learningRate: Value;
  /** The value a slot came in with; created on first use. */
  slot(name: string, shape: readonly number[], initialise: Initialiser): Value;
  /** The value it goes out with. */
  update(name: string, value: Value): void;
}

export interface Learnt {
  readonly name: string;
  readonly value: Value;
  readonly gradient: Value;
}

/** Emits the update of every parameter; the new values go out through `context.update`. */
export function emitUpdates(
  context: UpdateContext,
  optimizer: ResolvedOptimizer,
  parameters: readonly Learnt[],
): void {
  const next = ruleOf(context, optimizer);
  for (const parameter of parameters) context.update(parameter.name, next(parameter));
}

type Rule = (parameter: Learnt) => Value;

function ruleOf(context: UpdateContext, optimizer: ResolvedOptimizer): Rule {
  const { graph, learningRate } = context;
  switch (optimizer.name) {
    case 'sgd':
      return ({ value, gradient }) =>
        subtract(graph, value, multiply(graph, gradient, learningRate));
    case 'momentum':
      return momentumRule(context, optimizer.momentum, optimizer.nesterov);
    case 'rmsprop':
      return (parameter) => {
        const { rho, epsilon } = optimizer;
        const squares = remember(context, parameter, 'meanSquare', filledWith(0), (last, g) =>
          blend(graph, last, multiply(graph, g, g), rho),
        );
        return descend(context, parameter, squareRoot(graph, plus(graph, squares, epsilon)));
      };
    case 'adagrad':
      return (parameter) => {
        const { initialAccumulator, epsilon } = optimizer;
        const start = filledWith(initialAccumulator);
        const squares = remember(context, parameter, 'sumOfSquares', start, (last, g) =>
          add(graph, last, multiply(graph, g, g)),
        );
        return descend(context, parameter, squareRoot(graph, plus(graph, squares, epsilon)));
      };
    case 'adam':
      return adamRule(context, optimizer, 0);
    case 'adamw':
      break;
  }
  return adamRule(context, optimizer, optimizer.weightDecay);
}

/** velocity = momentum velocity - rate g;  w += velocity, or with Nesterov w += momentum velocity - rate g. */
function momentumRule(context: UpdateContext, momentum: number, nesterov: boolean): Rule {
  const { graph, learningRate } = context;
  return (parameter) => {
    const move = negate(graph, multiply(graph, parameter.gradient, learningRate));
    const velocity = remember(context, parameter, 'velocity', filledWith(0), (last) =>
      add(graph, scale(graph, last, momentum), move),
    );
    const step = nesterov ? add(graph, scale(graph, velocity, momentum), move) : velocity;
    return add(graph, parameter.value, step);
  };
}

/** Both moments start at zero; instead of correcting each of them, the rate is corrected once (Keras). */
function adamRule(
  context: UpdateContext,
  { beta1, beta2, epsilon }: { beta1: number; beta2: number; epsilon: number },
  weightDecay: number,
): Rule {
  const { graph, learningRate } = context;
  const step = plus(graph, context.slot('optimizer.step', [], filledWith(0)), 1);
  context.update('optimizer.step', step);
  const remaining = (beta: number) =>
    subtract(graph, graph.constant(1), graph.node('Pow', [graph.constant(beta), step], []));
  const correction = divide(graph, squareRoot(graph, remaining(beta2)), remaining(beta1));
  const rate = multiply(graph, learningRate, correction);
  const keep = plus(graph, scale(graph, learningRate, -weightDecay), 1);
  return (parameter) => {
    const mean = remember(context, parameter, 'mean', filledWith(0), (last, g) =>
      blend(graph, last, g, beta1),
    );
    const square = remember(context, parameter, 'meanSquare', filledWith(0), (last, g) =>
      blend(graph, last, multiply(graph, g, g), beta2),
    );
    const divisor = plus(graph, squareRoot(graph, square), epsilon);
    const move = divide(graph, multiply(graph, mean, rate), divisor);
    const decayed = weightDecay > 0 ? multiply(graph, parameter.value, keep) : parameter.value;
    return subtract(graph, decayed, move);
  };
}

/** Updates one slot of a parameter and returns its new value. */
function remember(
  context: UpdateContext,
  { name, value, gradient }: Learnt,
  slot: string,
  start: Initialiser,
  next: (last: Value, gradient: Value) => Value,
): Value {
  const slotName = `optimizer.${name}.${slot}`;
  const updated = next(context.slot(slotName, value.shape, start), gradient);
  context.update(slotName, updated);
  return updated;
}

/** w - rate g / divisor. */
function descend(
  { graph, learningRate }: UpdateContext,
  { value, gradient }: Learnt,
  divisor: Value,
): Value {
  return subtract(graph, value, divide(graph, multiply(graph, gradient, learningRate), divisor));
}

/** share old + (1 - share) new. */
function blend(graph: Graph, old: Value, fresh: Value, share: number): Value {
  return add(graph, scale(graph, old, share), scale(graph, fresh, 1 - share));
}

function plus(graph: Graph, x: Value, addend: number): Value {
  return add(graph, x, graph.constant(addend));
}
