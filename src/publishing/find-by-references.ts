import type { Config } from '../config.ts';
import type { ImagePreparer } from '../image/prepare-image.ts';
import { findContract, defaultTolerance, type FoundContract } from './parity/find-contract.ts';
import { readReferences, type Reference } from './parity/read-references.ts';
import type { ForeignGraph } from './fit-graph.ts';
import { imageInput } from './foreign-model.ts';
import { searchedForm } from './input-form.ts';
import { openForSearch } from './open-for-search.ts';
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
  const form = searchedForm(input, wish);
  const references = await readReferences(facts.reference, form);
  const scores = references.find((reference) => reference.scores)?.scores;
  const model =
    scores &&
    (await openForSearch(file, graph, { form, ...facts, classes: scores.length }, config));
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
