import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { openImages, openRepository } from '../compose/open.ts';
import { openTrust } from '../compose/runtimes.ts';
import { readConfig, type Config } from '../config.ts';
import type { VersionDraft } from '../repository/repository.ts';
import { contentOf } from '../loading/trust.ts';
import { defineCommand, print, printAside, type ValuesOf } from './command.ts';
import { acceptedPresets } from '../publishing/wish.ts';
import { prepareFile } from '../publishing/prepare-file.ts';
import type { VersionFacts } from '../publishing/prepare-version.ts';
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
  output: text(
    'name',
    'which output holds the scores, when the graph has several that could; of a graph of TensorFlow any node',
  ),
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
    'Publishes a model trained elsewhere (ONNX, a model of Keras or TensorFlow.js or a frozen graph of TensorFlow, which are converted, or a TensorFlow SavedModel) as the next version of a model: takes the files its graph keeps weights in along, finds out what its scores are, records golden samples, and lets all of it pass the self-test of a server before it writes it into the repository (GLIMPSE_REPOSITORY). A running server answers with it at once where it is asked for by its number. By default it answers as the first version of its model, when --label production says so, or when the release policy of the model does.',
  arguments: {
    file: required(
      'the model file: ONNX (files it keeps weights in lie beside it or in folders there), .keras, .h5, JSON with its weights beside it, the model.json of a model of TensorFlow.js, or a frozen graph (.pb). Or the folder of a SavedModel (npm run install:tensorflow). Or a ZIP file with one of them, or with a version and its manifest, as glimpse export --format zip writes it: that is published as it is',
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
  const said = { ...given, golden: [...given.golden, ...given.samples] };
  await publishFile(given.file, said, readConfig(), quantisationAsked(given));
  return 0;
}

/** Makes a version of a model file, tells what it is, and publishes it unless it is only to be tried. */
export async function publishFile(
  path: string,
  facts: VersionFacts & { readonly dryRun: boolean; readonly json: boolean },
  config: Config,
  asked?: ReturnType<typeof quantisationAsked>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'glimpse-publish-'));
  const images = openImages(config);
  try {
    const place = { images, config, folder };
    const { draft, entry, notes } = await prepareFile(resolve(path), facts, place, asked);
    const isTrusted = await openTrust(config).isTrusted({
      ...(await contentOf(draft)),
      model: draft.model,
    });
    for (const line of describe(draft, notes, isTrusted)) printAside(line);
    if (!facts.dryRun) await publishDraft(draft, { ...place, entry, asJson: facts.json });
  } finally {
    await images.close();
    await rm(folder, { recursive: true, force: true });
  }
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

function describe(
  { runtime, entry, signature, preprocessing, golden, files }: VersionDraft,
  notes: readonly string[],
  isTrusted: boolean,
): string[] {
  const { input, output, classes } = signature;
  const { width, height, channels } = preprocessing;
  const beside = new Set([entry, ...golden.map(({ file }) => file)]);
  const rows = golden.map(({ file, label, scores }) => [
    file.replace('golden/', ''),
    label,
    Math.max(...scores).toFixed(3),
  ]);
  return [
    `input   ${input.name} ${input.layout} [${input.batch ?? 'N'}, ${input.shape.join(', ')}]${ofType(input.dtype)} from images of ${width} x ${height}, ${channels === 1 ? 'grey' : preprocessing.colourSpace}`,
    `pixels  ${inWords(preprocessing)}`,
    `output  ${output.name}, ${output.kind}, ${classes.length} classes`,
    ...[...files.keys()].filter((path) => !beside.has(path)).map((path) => `data    ${path}`),
    placeInWords(runtime, isTrusted),
    ...notes,
    ...(rows.length > 0
      ? ['', table(['golden sample', 'class', 'score'], rows), '']
      : ['golden  none: give --golden images, so that every load can check itself']),
  ];
}

/** Where batches of the version will run. */
function placeInWords(runtime: VersionDraft['runtime'], isTrusted: boolean): string {
  if (runtime === 'tensorflow') {
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
