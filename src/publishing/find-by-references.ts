import { cellOptions } from '../compose/runtimes.ts';
import type { Config } from '../config.ts';
import type { ImagePreparer } from '../image/prepare-image.ts';
import { levelsAsTheyAre } from '../preprocessing/input-values.ts';
import { plainContract } from '../preprocessing/presets.ts';
import { startCell } from '../runtime/cells/start-cell.ts';
import type { ModelHost } from '../runtime/model-host.ts';
import { stack, unstack } from '../tensor.ts';
import { findContract, defaultTolerance, type FoundContract } from './parity/find-contract.ts';
import { readReferences, type Reference } from './parity/read-references.ts';
import type { InputForm } from './parity/reference-array.ts';
import type { Infer } from './parity/search-scores.ts';
import type { ForeignGraph } from './fit-graph.ts';
import { engineFor } from './foreign-engine.ts';
import { imageInput, signatureOf } from './foreign-model.ts';
import { inputForm } from './input-form.ts';
import { askedOf, readWish, wishFor } from './wish.ts';

/** What is known of a model whose contract is looked for. */
export interface ReferenceFacts {
  /** The folder of the references. */
  readonly reference: string;
  /** What is said of the contract. */
  readonly preprocessing: string | undefined;
  readonly output: string | undefined;
  /** Instead of the usual one: in levels where tensors were recorded, else of a score. */
  readonly tolerance: number | undefined;
}

export interface FoundByReferences extends FoundContract {
  readonly references: readonly Reference[];
}

type Graph = Pick<ForeignGraph, 'inputs' | 'outputs'>;

/** The contract by which the trainer's own code prepared the images of a folder for this model. */
export async function findByReferences(
  file: string,
  graph: Graph,
  facts: ReferenceFacts,
  images: ImagePreparer,
  config: Config,
): Promise<FoundByReferences> {
  const wish = facts.preprocessing === undefined ? {} : await readWish(facts.preprocessing);
  const input = imageInput(graph.inputs);
  const form = inputForm(input, wish);
  const references = await readReferences(facts.reference, form);
  const scores = references.find((reference) => reference.scores)?.scores;
  const model = scores && (await openModel(file, graph, { form, facts, scores }, config));
  const hasTensors = references.some(({ tensor }) => tensor !== undefined);
  const { tolerance } = facts;
  try {
    const found = await findContract({
      form,
      said: askedOf(wishFor(input, wish, form.channels)),
      references,
      limits: {
        maxBytes: config.GLIMPSE_MAX_IMAGE_BYTES,
        maxPixels: config.GLIMPSE_MAX_PIXELS,
        maxFrames: config.GLIMPSE_MAX_FRAMES,
      },
      tolerance: {
        ...defaultTolerance,
        ...(tolerance !== undefined && { [hasTensors ? 'levels' : 'score']: tolerance }),
      },
      prepare: (...image) => images.prepare(...image),
      infer: model?.infer,
    });
    return { ...found, references };
  } finally {
    await model?.close();
  }
}

interface Opening {
  readonly form: InputForm;
  readonly facts: ReferenceFacts;
  readonly scores: readonly number[];
}

/** The model in a cell, with one class for each recorded score. */
async function openModel(
  file: string,
  graph: Graph,
  { form, facts, scores }: Opening,
  config: Config,
): Promise<{ readonly infer: Infer; close(): Promise<void> }> {
  const { width = 1, height = 1, channels } = form;
  const signature = signatureOf(
    graph,
    { ...plainContract({ width, height, channels }), ...levelsAsTheyAre(channels) },
    scores.map((_, place) => String(place)),
    { output: facts.output, kind: 'logits' },
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
