import { resolveArchitecture } from '../../src/neural/architectures.ts';
import { buildTrainingGraph, type TrainingGraph } from '../../src/neural/training-graph.ts';
import { type TrainingOptions } from '../../src/neural/training-options.ts';
import { createRandom } from '../../src/random.ts';
import { createCarriedState, openGraphSession } from '../../src/runtime/graph-session.ts';
import { float32, floatsOf } from './gradient-check.ts';

/** A few real training steps on made-up data, for tests that compare what comes out. */
export interface Setup extends Partial<TrainingOptions> {
  readonly architecture: unknown;
  readonly inputShape: readonly number[];
  readonly classes: number;
  readonly batchSize: number;
  readonly optimizer: TrainingOptions['optimizer'];
  readonly steps: number;
  readonly learningRate: number;
  /** Train on the first batch again and again, instead of on fresh ones. */
  readonly oneBatch?: boolean;
  /** Values to start from instead of drawn ones, in the order of the state. */
  readonly startFrom?: ReadonlyMap<string, Float32Array>;
}

export interface Batch {
  readonly x: Float32Array;
  readonly targets: Float32Array;
}

export interface Trained {
  readonly graph: TrainingGraph;
  readonly before: Map<string, Float32Array>;
  readonly after: Map<string, Float32Array>;
  readonly losses: number[];
  readonly correct: number[];
  readonly batches: Batch[];
}

export async function train(setup: Setup): Promise<Trained> {
  const layers = resolveArchitecture(setup.architecture, setup);
  const graph = buildTrainingGraph({ ...setup, layers });
  const before = setup.startFrom
    ? inOrder(graph, [...setup.startFrom.values()])
    : initialValues(graph);
  const batches = Array.from({ length: setup.steps }, (_, step) =>
    batchOf(setup, setup.oneBatch === true ? 0 : step),
  );
  const session = await openGraphSession(graph.model, { threads: 1 });
  const state = createCarriedState(graph.state, before);
  const losses: number[] = [];
  const correct: number[] = [];
  const random = createRandom(99);
  for (const { x, targets } of batches) {
    const noise = graph.noise.map(({ name, shape, keepProbability }) => [
      name,
      float32(shape, mask(shape, keepProbability, random)),
    ]);
    const outputs = await session.step(
      state,
      {
        x: float32([setup.batchSize, ...setup.inputShape], x),
        targets: float32([setup.batchSize, setup.classes], targets),
        learningRate: float32([], Float32Array.of(setup.learningRate)),
        ...Object.fromEntries(noise),
      },
      ['loss', 'correct'],
    );
    losses.push(floatsOf(outputs.loss)[0]!);
    correct.push(floatsOf(outputs.correct)[0]!);
  }
  await session.close();
  return { graph, before, after: state.read(), losses, correct, batches };
}

/** Every slot's first value; biases and scales are moved off their constants so that mistakes show. */
function initialValues(graph: TrainingGraph): Map<string, Float32Array> {
  const random = createRandom(5);
  return new Map(
    graph.state.map((slot) => {
      const values = slot.initialise(random);
      const nudge = createRandom(values.length);
      const isConstant = slot.role === 'parameter' && slot.shape.length === 1;
      return [slot.name, isConstant ? values.map((v) => v + nudge.symmetric(0.1)) : values];
    }),
  );
}

function inOrder(graph: TrainingGraph, values: Float32Array[]): Map<string, Float32Array> {
  return new Map(graph.state.map(({ name }, index) => [name, values[index]!]));
}

function batchOf({ batchSize, inputShape, classes }: Setup, step: number): Batch {
  const random = createRandom(1000 + step);
  const size = inputShape.reduce((product, length) => product * length, batchSize);
  const targets = new Float32Array(batchSize * classes);
  for (let row = 0; row < batchSize; row += 1) {
    targets[row * classes + random.integer(classes)] = 1;
  }
  return { x: Float32Array.from({ length: size }, () => random.symmetric(1)), targets };
}

function mask(shape: readonly number[], keep: number, random: ReturnType<typeof createRandom>) {
  const size = shape.reduce((product, length) => product * length, 1);
  return Float32Array.from({ length: size }, () => (random.next() < keep ? 1 / keep : 0));
}

/** The largest difference of two arrays of numbers. */
export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Infinity;
  return Array.from(a).reduce((worst, x, i) => Math.max(worst, Math.abs(x - b[i]!)), 0);
}
