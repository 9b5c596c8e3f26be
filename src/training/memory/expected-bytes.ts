import { exampleSize } from '../../datasets/dataset.ts';
import { resolveArchitecture } from '../../neural/architectures.ts';
import { emitEvaluationGraph } from '../../neural/inference-graph.ts';
import { bytesOf, mostLiveBytes } from '../../neural/live-bytes.ts';
import { resolveOptimizer, type OptimizerSpec } from '../../neural/optimizers.ts';
import { emitTrainingGraph } from '../../neural/training-graph.ts';
import { sizeOf } from '../../tensor.ts';
import type { BatchSource } from '../examples/batch-source.ts';
import { blockSizeOf, inputShapeOf, type Examples } from '../examples/batches.ts';

/** What decides how much memory a training takes, beside the size of its images and batches. */
export interface LearningPlan {
  readonly architecture: unknown;
  readonly optimizer: OptimizerSpec;
  readonly labelSmoothing: number;
  readonly l2: number;
  readonly gradientClip?: number | undefined;
}

/** What is learnt from, as far as it takes memory. */
export interface LearningLoad {
  /** Of one example, as the net takes it: [channels, height, width], or how many features. */
  readonly inputShape: readonly number[];
  readonly classes: number;
  /** Rows of a batch, outliers among them. */
  readonly batchSize: number;
  /** Rows of the last batch of an epoch, which has a graph of its own; 0 where it is as large as the others. */
  readonly lastBatch: number;
  /** All that are in memory; 0 where nobody knows yet. */
  readonly examples: number;
  /** Of these, how many are watched after every epoch. */
  readonly validation: number;
  /** Of one example as it came. */
  readonly exampleBytes: number;
}

/** Of examples that were read. */
export function loadOf(
  training: Examples,
  validation: Examples,
  { usualSize, rows, perEpoch }: Pick<BatchSource, 'usualSize' | 'rows' | 'perEpoch'>,
): LearningLoad {
  const { dataset, features } = training;
  const last = rows - (perEpoch - 1) * usualSize;
  const others = validation.dataset === dataset ? 0 : validation.dataset.labels.length;
  return {
    inputShape: inputShapeOf(training),
    classes: dataset.classes.length,
    batchSize: usualSize,
    lastBatch: last === usualSize ? 0 : last,
    examples: dataset.labels.length + others,
    validation: validation.indices.length,
    exampleBytes: exampleSize(dataset.shape) + 4 * (features?.size ?? 0),
  };
}

const MiB = 1024 * 1024;
/** Node, the code and the runtime, before anything is read. */
const PROCESS_BYTES = 140 * MiB;
/** The runtime's arena grows by doubling, and lays values out anew once it knows all of them: measured on nets of all kinds. */
const ARENA_FACTOR = 3;
/** Parameters and what the optimizer keeps of them: the first values, those that are read, those that are written, and a copy for a checkpoint or the end. */
const STATE_COPIES = 4;
/** Batches that are there at once: the one that is learnt from, and those made ahead. */
const BATCHES = 3;

/**
 * The most memory that a training process holds, in bytes; `npm run bench:training-memory` compares it with what is
 * held. Throws GLIMPSE_ARCHITECTURE_INVALID where the net does not fit the images.
 */
export function expectedBytes(plan: LearningPlan, load: LearningLoad): number {
  const { inputShape, classes, batchSize, lastBatch } = load;
  const { examples, validation, exampleBytes } = load;
  const layers = resolveArchitecture(plan.architecture, { inputShape, classes });
  const { labelSmoothing, l2, gradientClip } = plan;
  const { graph, state } = emitTrainingGraph({
    layers,
    inputShape,
    classes,
    batchSize,
    optimizer: resolveOptimizer(plan.optimizer),
    labelSmoothing,
    l2,
    ...(gradientClip !== undefined && { gradientClip }),
  });
  const stateBytes = sum(state.slots.map(({ shape }) => sizeOf(shape) * 4));
  const fedBytes = sum(graph.inputs.map(bytesOf)) - stateBytes;
  const block = Math.max(1, Math.min(blockSizeOf(inputShape), validation));
  const evaluation = emitEvaluationGraph({ layers, inputShape }, block).graph;
  const live = mostLiveBytes(graph) * (1 + lastBatch / batchSize) + mostLiveBytes(evaluation);
  return (
    PROCESS_BYTES +
    examples * exampleBytes +
    ARENA_FACTOR * live +
    STATE_COPIES * stateBytes +
    BATCHES * fedBytes
  );
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
