import { cellOptions } from '../compose/runtimes.ts';
import type { Config } from '../config.ts';
import { levelsAsTheyAre } from '../preprocessing/input-values.ts';
import { plainContract } from '../preprocessing/presets.ts';
import { startCell } from '../runtime/cells/start-cell.ts';
import type { ModelHost } from '../runtime/model-host.ts';
import { stack, unstack } from '../tensor.ts';
import type { InputForm } from './parity/reference-array.ts';
import type { Infer } from './parity/search-scores.ts';
import type { ForeignGraph } from './fit-graph.ts';
import { engineFor } from './foreign-engine.ts';
import { signatureOf } from './foreign-model.ts';

interface Opening {
  readonly form: InputForm;
  readonly output: string | undefined;
  /** How many scores it gives. */
  readonly classes: number;
}

/** The model in a cell, to be asked about one contract after the other. */
export async function openForSearch(
  file: string,
  graph: Pick<ForeignGraph, 'inputs' | 'outputs'>,
  { form, output, classes }: Opening,
  config: Config,
): Promise<{ readonly infer: Infer; close(): Promise<void> }> {
  const { width = 1, height = 1, channels } = form;
  const signature = signatureOf(
    graph,
    { ...plainContract({ width, height, channels }), ...levelsAsTheyAre(channels) },
    Array.from({ length: classes }, (_, place) => String(place)),
    { output, kind: 'logits' },
  );
  const options = cellOptions(config);
  const threads = config.GLIMPSE_RUNTIME_THREADS;
  const { runtime } = engineFor(file);
  const cell = await startCell({ runtime, file, signature, threads }, options);
  return {
    infer: (examples) => inferAll(cell, examples, signature.input.shape, options.limits.batchMs),
    close: () => cell.close(),
  };
}

/** One after the other: a graph may have a batch of one for its only size. */
async function inferAll(
  cell: ModelHost,
  examples: readonly Float32Array[],
  shape: readonly number[],
  batchMs: number,
): Promise<Float32Array[]> {
  const outputs: Float32Array[] = [];
  for (const example of examples) {
    const { outputs: output } = await cell.infer(stack([example], shape), batchMs);
    outputs.push(...unstack(output));
  }
  return outputs;
}
