import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { openImages, openRepository } from '../compose/open.ts';
import { bindLoadRuntime, openTrust } from '../compose/runtimes.ts';
import { readConfig, type Config } from '../config.ts';
import type { ImagePreparer } from '../image/prepare-image.ts';
import { examineDraft } from '../loading/examine-draft.ts';
import type { VersionDraft } from '../repository/repository.ts';
import { contentOf } from '../loading/trust.ts';
import { defineCommand, print, printAside, type ValuesOf } from './command.ts';
import { exploreModel, type ExploredModel } from '../publishing/explore-model.ts';
import { acceptedPresets } from '../publishing/wish.ts';
import { engineFor } from '../publishing/foreign-engine.ts';
import { entryOf } from '../publishing/gather-model.ts';
import {
  any,
  choice,
  flag,
  number,
  required,
  requiredText,
  share,
  text,
  texts,
} from './options.ts';
import type { ElementType } from '../runtime/element-types.ts';
import { inputOptions } from './option-groups/input-options.ts';
import { quantisationAsked, quantiseOptions } from './option-groups/quantise-options.ts';
import { outputKinds } from '../publishing/output-kind.ts';
import { inWords } from '../preprocessing/differences.ts';
import { takeModel, type TakenModel } from '../publishing/take-model.ts';
import { quantiseExplored, type ServedModel } from '../publishing/quantise-explored.ts';
import { releaseDraft, type ReleasePlace } from '../publishing/release-draft.ts';
import { table } from './table.ts';

const options = {
  model: requiredText('name', 'the model it becomes a version of'),
  classes: text(
    'a,b,c',
    'names of the classes in the order of the scores, or a file (lines or JSON); unless given, those that the model has in its metadata or operators. Of a single score: the class of 0, then that of 1',
  ),
  classesFile: text('file', 'the same, always read as a file'),
  preprocessing: text(
    'what',
    `how an image becomes the input: ${acceptedPresets.join(', ')}, JSON, or a JSON file with any fields of the contract (see GET /models/digits/versions/1); plain, unless --reference finds it out`,
  ),
  reference: text(
    'folder',
    'images beside the tensors or scores that the trainer’s own code made of them: the contract is found out as by glimpse parity, and the images become golden samples',
  ),
  tolerance: number(
    'number',
    'what may remain of a reference: levels of 255 in the mean (1), or of recorded scores a difference (0.01)',
  ),
  ...inputOptions,
  output: text('name', 'which output holds the scores, when the graph has several that could'),
  outputKind: choice(
    outputKinds,
    'what the output gives: scores for a softmax, scores that sum to 1, or a score for each class by itself; unless given, found out by trying',
  ),
  golden: texts(
    'image',
    'an image whose scores are recorded and checked at every load; "7=seven.png" also says which class it must be',
  ),
  minScore: share(
    'a best score below this carries the warning "uncertain"; unless given, none does',
  ),
  ...quantiseOptions,
  label: text('name', 'also point this label at the new version, e.g. production'),
  source: text('text', 'where it comes from, for its lineage; unless given, the file name'),
  dryRun: flag('everything but the publishing'),
  json: flag('the manifest as JSON'),
};

export const command = defineCommand({
  name: 'publish',
  description:
    'Publishes a model trained elsewhere (ONNX, a model of Keras or TensorFlow.js, which is converted, or a TensorFlow SavedModel) as the next version of a model: takes the files its graph keeps weights in along, finds out what its scores are, records golden samples, and lets all of it pass the self-test of a server before it writes it into the repository (GLIMPSE_REPOSITORY). A running server answers with it at once where it is asked for by its number. By default it answers as the first version of its model, when --label production says so, or when the release policy of the model does.',
  arguments: {
    file: required(
      'the model file: ONNX (files it keeps weights in lie beside it or in folders there), .keras, .h5, JSON with its weights beside it, or the model.json of a layers model of TensorFlow.js. Or the folder of a SavedModel (npm run install:tensorflow)',
    ),
    samples: any('more golden samples, as the shell spreads "--golden samples/*.png"'),
  },
  options,
  run: publish,
});
type Options = ValuesOf<typeof options>;

async function publish(
  given: Options & { readonly file: string; readonly samples: readonly string[] },
): Promise<number> {
  const config = readConfig();
  const asked = quantisationAsked(given);
  const folder = await mkdtemp(join(tmpdir(), 'glimpse-publish-'));
  const images = openImages(config);
  try {
    const model = resolve(given.file);
    const taken = await takeModel(model, folder, given, config);
    const { files } = taken;
    const said = {
      ...given,
      preprocessing: given.preprocessing ?? taken.preprocessing,
      layout: given.layout ?? taken.layout,
      classesFile:
        given.classesFile ?? (given.classes === undefined ? taken.classesFile : undefined),
      golden: [...given.golden, ...given.samples],
    };
    const entry = join(folder, entryOf(files));
    const explored = await exploreModel(entry, said, images, config);
    const served = asked
      ? await quantiseExplored(explored, files, { ...asked, images, config, folder, entry })
      : { explored, files };
    const draft = draftOf(given, served, basename(model));
    await examine(draft, entry, images, config);
    const isTrusted = await openTrust(config).isTrusted({
      ...(await contentOf(draft)),
      model: draft.model,
    });
    const described = describe(served.explored, { ...taken, files: served.files }, isTrusted);
    for (const line of described) printAside(line);
    const place = { images, config, folder, entry, asJson: given.json };
    if (!given.dryRun) await publishDraft(draft, place);
    return 0;
  } finally {
    await images.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Tries the draft in a cell, as a server would; all its files but the golden samples lie beside its entry. */
async function examine(
  draft: VersionDraft,
  file: string,
  images: ImagePreparer,
  config: Config,
): Promise<void> {
  const { model, runtime, signature } = draft;
  const maxBatchSize = config.GLIMPSE_MAX_BATCH_SIZE;
  const opening = { file, maxBatchSize, isTrusted: false };
  await examineDraft(draft, {
    open: () => bindLoadRuntime(config)({ model, version: 0, runtime, signature, ...opening }),
    prepareGolden: (...image) => images.prepare(...image),
  });
}

async function publishDraft(
  draft: VersionDraft,
  { asJson, ...place }: Omit<ReleasePlace, 'repository'> & { readonly asJson: boolean },
): Promise<void> {
  const repository = openRepository(place.config);
  try {
    const { manifest, note } = await releaseDraft(draft, { ...place, repository });
    if (asJson) print(JSON.stringify(manifest, null, 2));
    else print(`Published ${manifest.model} version ${manifest.version} to ${repository.uri}`);
    if (note !== undefined) printAside(note);
  } finally {
    await repository.close();
  }
}

function draftOf(
  { model, label, minScore, source }: Options,
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

function describe(
  { signature, preprocessing, golden, notes }: ExploredModel,
  { files, notes: taken }: TakenModel,
  isTrusted: boolean,
): string[] {
  const { input, output, classes } = signature;
  const { width, height, channels } = preprocessing;
  const rows = golden.samples.map(({ file, label, scores }) => [
    file.replace('golden/', ''),
    label,
    Math.max(...scores).toFixed(3),
  ]);
  return [
    `input   ${input.name} ${input.layout} [${input.batch ?? 'N'}, ${input.shape.join(', ')}]${ofType(input.dtype)} from images of ${width} x ${height}, ${channels === 1 ? 'grey' : preprocessing.colourSpace}`,
    `pixels  ${inWords(preprocessing)}`,
    `output  ${output.name}, ${output.kind}, ${classes.length} classes`,
    ...[...files.keys()].slice(1).map((path) => `data    ${path}`),
    placeInWords(entryOf(files), isTrusted),
    ...taken,
    ...notes,
    ...golden.notes,
    ...(rows.length > 0
      ? ['', table(['golden sample', 'class', 'score'], rows), '']
      : ['golden  none: give --golden images, so that every load can check itself']),
  ];
}

/** Where batches of the version will run. */
function placeInWords(entry: string, isTrusted: boolean): string {
  if (engineFor(entry).runtime === 'tensorflow') {
    return 'runs    in a process of its own with TensorFlow, which takes 400 MB and more';
  }
  return isTrusted
    ? 'runs    inside of the server’s process: it is trusted here'
    : 'runs    in a cell, a process that can be ended (GLIMPSE_TRUSTED_MODELS)';
}

/** A type that is worth a word. */
function ofType(dtype: ElementType): string {
  return dtype === 'float32' ? '' : ` of ${dtype}`;
}
