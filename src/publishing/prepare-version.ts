import { basename, join } from 'node:path';
import { bindLoadRuntime } from '../compose/runtimes.ts';
import type { Config } from '../config.ts';
import type { ImagePreparer } from '../image/prepare-image.ts';
import { examineDraft } from '../loading/examine-draft.ts';
import type { VersionDraft } from '../repository/repository.ts';
import { exploreModel, type AuthorFacts } from './explore-model.ts';
import { engineFor } from './foreign-engine.ts';
import { entryOf } from './gather-model.ts';
import {
  quantiseExplored,
  type QuantiseExploredOptions,
  type ServedModel,
} from './quantise-explored.ts';
import { takeModel } from './take-model.ts';

/** What is to be published, and under what. */
export interface VersionFacts extends AuthorFacts {
  readonly model: string;
  readonly label: string | undefined;
  readonly minScore: number | undefined;
  readonly source: string | undefined;
}

export interface PreparePlace {
  /** A folder of its own, in which the files of the version are put together. */
  readonly folder: string;
  readonly images: ImagePreparer;
  readonly config: Config;
}

/** A version that was tried and has no number yet. */
export interface PreparedVersion {
  readonly draft: VersionDraft;
  /** The file that a runtime opens, with the others beside it. */
  readonly entry: string;
  /** What its author should know. */
  readonly notes: readonly string[];
}

/**
 * A version of a model file: its files copied, what it takes and gives found out, golden samples recorded, and all of
 * it held to the self-test of a server.
 */
export async function prepareVersion(
  file: string,
  facts: VersionFacts,
  place: PreparePlace,
  quantise?: Pick<QuantiseExploredOptions, 'calibration' | 'gate'>,
): Promise<PreparedVersion> {
  const taken = await takeModel(file, place.folder, facts, place.config);
  const { files, ...known } = taken;
  const said = {
    ...facts,
    preprocessing: facts.preprocessing ?? known.preprocessing,
    ...known.axes,
    output: known.output ?? facts.output,
    classesFile: facts.classesFile ?? (facts.classes === undefined ? known.classesFile : undefined),
  };
  const entry = join(place.folder, entryOf(files));
  const explored = await exploreModel(entry, said, place.images, place.config);
  const served = quantise
    ? await quantiseExplored(explored, files, { ...quantise, ...place, entry })
    : { explored, files };
  const draft = draftOf(facts, served, basename(file));
  await examine(draft, entry, place);
  const { notes, golden } = served.explored;
  return { draft, entry, notes: [...taken.notes, ...notes, ...golden.notes] };
}

/** Tries the draft in a cell, as a server would; all its files but the golden samples lie beside its entry. */
export async function examine(
  draft: VersionDraft,
  file: string,
  { images, config }: Omit<PreparePlace, 'folder'>,
): Promise<void> {
  const { model, runtime, signature } = draft;
  const maxBatchSize = config.GLIMPSE_MAX_BATCH_SIZE;
  const opening = { file, maxBatchSize, isTrusted: false };
  await examineDraft(draft, {
    open: () => bindLoadRuntime(config)({ model, version: 0, runtime, signature, ...opening }),
    prepareGolden: (...image) => images.prepare(...image),
  });
}

function draftOf(
  { model, label, minScore, source }: VersionFacts,
  { explored: { signature, preprocessing, golden }, files, quantisation }: ServedModel,
  fileName: string,
): VersionDraft {
  return {
    model,
    runtime: engineFor(entryOf(files)).runtime,
    entry: entryOf(files),
    signature,
    preprocessing,
    golden: [...golden.samples],
    lineage: { source: source ?? fileName },
    metrics: {},
    files: new Map<string, Uint8Array | { readonly file: string }>([...files, ...golden.files]),
    ...(label !== undefined && { label }),
    ...(minScore !== undefined && { gate: { minScore } }),
    ...(quantisation && { quantisation }),
  };
}
