import type { Static, TNumber, TOptional } from 'typebox';
import { Closed } from '../schema.ts';
import { Type } from '../schema/builder.ts';

/** Optimizers by name, with Keras' defaults; `updates.ts` emits their formulas. */

function knob(defaultValue: number, bounds: object, description: string): TOptional<TNumber> {
  return Type.Optional(
    Type.Number({ ...bounds, description: `${description} Default ${defaultValue}.` }),
  );
}

const positive = { exclusiveMinimum: 0 };
const share = { minimum: 0, exclusiveMaximum: 1 };
const epsilon = knob(1e-7, positive, 'Keeps divisions finite.');
const learningRate = (defaultValue: number) =>
  knob(defaultValue, { exclusiveMinimum: 0, maximum: 100 }, 'The peak of the schedule.');
const moments = {
  beta1: knob(0.9, share, 'Memory of the mean gradient.'),
  beta2: knob(0.999, share, 'Memory of the mean squared gradient.'),
  epsilon,
};

export const OptimizerSchema = Type.Union(
  [
    Type.Object(
      { name: Type.Literal('sgd'), learningRate: learningRate(0.01) },
      { ...Closed, title: 'SgdOptimizer' },
    ),
    Type.Object(
      {
        name: Type.Literal('momentum'),
        learningRate: learningRate(0.01),
        momentum: knob(0.9, share, 'Share of the last move that is kept.'),
        nesterov: Type.Optional(Type.Boolean({ description: 'Look ahead. Default false.' })),
      },
      { ...Closed, title: 'MomentumOptimizer' },
    ),
    Type.Object(
      {
        name: Type.Literal('rmsprop'),
        learningRate: learningRate(0.001),
        rho: knob(0.9, share, 'Memory of the mean squared gradient.'),
        epsilon,
      },
      { ...Closed, title: 'RmspropOptimizer' },
    ),
    Type.Object(
      {
        name: Type.Literal('adagrad'),
        learningRate: learningRate(0.001),
        initialAccumulator: knob(0.1, { minimum: 0 }, 'Where the sum of squares starts.'),
        epsilon,
      },
      { ...Closed, title: 'AdagradOptimizer' },
    ),
    Type.Object(
      { name: Type.Literal('adam'), learningRate: learningRate(0.001), ...moments },
      { ...Closed, title: 'AdamOptimizer' },
    ),
    Type.Object(
      {
        name: Type.Literal('adamw'),
        learningRate: learningRate(0.001),
        ...moments,
        weightDecay: knob(0.004, { minimum: 0 }, 'Pull to zero, times the learning rate.'),
      },
      { ...Closed, title: 'AdamwOptimizer' },
    ),
  ],
  { title: 'Optimizer', description: 'How gradients become updates.' },
);
export type OptimizerSpec = Static<typeof OptimizerSchema>;

const optimizerNames = ['sgd', 'momentum', 'rmsprop', 'adagrad', 'adam', 'adamw'] as const;

/** As a request may say it: the name alone takes its defaults. */
export const RequestedOptimizerSchema = Type.Union([Type.Enum(optimizerNames), OptimizerSchema], {
  title: 'RequestedOptimizer',
  description: 'How gradients become updates: a name, or an object with it. Default adam.',
});

/** An optimizer by what a request says of it. */
export function namedOptimizer(asked: Static<typeof RequestedOptimizerSchema>): OptimizerSpec {
  return typeof asked === 'string' ? { name: asked } : asked;
}

/** Every hyperparameter filled in. */
export type ResolvedOptimizer = {
  [Name in OptimizerSpec['name']]: Required<Extract<OptimizerSpec, { name: Name }>>;
}[OptimizerSpec['name']];

/** Fills in Keras' defaults; `learningRate` of the result is the peak the schedule moves under. */
export function resolveOptimizer(spec: OptimizerSpec): ResolvedOptimizer {
  switch (spec.name) {
    case 'sgd':
      return { learningRate: 0.01, ...spec };
    case 'momentum':
      return { learningRate: 0.01, momentum: 0.9, nesterov: false, ...spec };
    case 'rmsprop':
      return { learningRate: 0.001, rho: 0.9, epsilon: 1e-7, ...spec };
    case 'adagrad':
      return { learningRate: 0.001, initialAccumulator: 0.1, epsilon: 1e-7, ...spec };
    case 'adam':
      return { learningRate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-7, ...spec };
    case 'adamw':
      break;
  }
  const adam = { learningRate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 };
  return { ...adam, weightDecay: 0.004, ...spec };
}
