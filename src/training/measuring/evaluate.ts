import { floats, openGraphSession } from '../../runtime/graph-session.ts';
import { blocksOf, blockSizeFor, type Examples } from '../examples/batches.ts';
import { createMetricAccumulator, type Figures } from './metric-accumulator.ts';
import type { LabelledLogits } from './temperature.ts';

/** Runs a block [count, C, H, W] through a net, to logits [count, classes]. */
export type Infer = (examples: Float32Array, count: number) => Promise<Float32Array>;

/** The figures of a net on examples, measured block by block; stops between blocks on the signal. */
export async function measure(
  infer: Infer,
  examples: Examples,
  signal: AbortSignal,
): Promise<Figures> {
  const { dataset } = examples;
  const accumulator = createMetricAccumulator(dataset.classes);
  for (const block of blocksOf(examples, blockSizeFor(examples))) {
    signal.throwIfAborted();
    const labels = block.indices.map((index) => dataset.labels[index]!);
    accumulator.add(await infer(block.examples, block.indices.length), labels);
  }
  return accumulator.figures();
}

/** All logits of a net on examples, with the true classes: what a temperature is chosen by. */
export async function collectLogits(
  infer: Infer,
  examples: Examples,
  signal: AbortSignal,
): Promise<LabelledLogits> {
  const { dataset, indices } = examples;
  const classes = dataset.classes.length;
  const logits = new Float32Array(indices.length * classes);
  let row = 0;
  for (const block of blocksOf(examples, blockSizeFor(examples))) {
    signal.throwIfAborted();
    logits.set(await infer(block.examples, block.indices.length), row * classes);
    row += block.indices.length;
  }
  return { logits, labels: indices.map((index) => dataset.labels[index]!), classes };
}

/** A graph that is to be served, opened for measuring: the very bytes, not the net in training. */
export async function openServedGraph(
  graph: { readonly model: Uint8Array; readonly input: string; readonly output: string },
  inputShape: readonly number[],
  threads: number,
): Promise<{ infer: Infer; close(): Promise<void> }> {
  const session = await openGraphSession(graph.model, { threads });
  return {
    async infer(examples, count) {
      const feeds = {
        [graph.input]: { type: 'float32', dims: [count, ...inputShape], data: examples },
      } as const;
      return floats((await session.run(feeds))[graph.output]);
    },
    close: () => session.close(),
  };
}
