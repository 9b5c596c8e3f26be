import { stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { openImages, openRepository } from '../compose/open.ts';
import { readConfig, type Config } from '../config.ts';
import type { VersionDraft } from '../repository/repository.ts';
import { inspectOnnx } from '../runtime/inspect-onnx.ts';
import { loadRuntime } from '../runtime/load-runtime.ts';
import type { ModelRuntime } from '../runtime/runtime.ts';
import type { Preprocessing, Signature } from '../signature.ts';
import { defineCommand, print, printAside, UsageError, type ValuesOf } from './command.ts';
import {
  imageInput,
  presetNames,
  readClasses,
  readPreprocessing,
  signatureOf,
} from './foreign-model.ts';
import {
  any,
  choice,
  flag,
  required,
  requiredText,
  share,
  text,
  textOr,
  texts,
} from './options.ts';
import { looksLikeProbabilities, recordGolden, type RecordedGolden } from './record-golden.ts';
import { table } from './table.ts';

const options = {
  model: requiredText('name', 'the model it becomes a version of'),
  classes: text(
    'a,b,c',
    'names of the classes in the order of the scores, or a file (lines or JSON)',
  ),
  classesFile: text('file', 'the same, always read as a file'),
  preprocessing: textOr(
    'plain',
    'what',
    `how an image becomes the input: ${presetNames.join(', ')}, or a JSON file with any fields of the contract (see GET /models/digits/versions/1)`,
  ),
  output: text('name', 'which output holds the scores, when the graph has several that could'),
  outputKind: choice(
    ['logits', 'probabilities'],
    'what the output gives; unless given, found out by trying',
  ),
  golden: texts(
    'image',
    'an image whose scores are recorded and checked at every load; "7=seven.png" also says which class it must be',
  ),
  minScore: share(
    'a best score below this carries the warning "uncertain"; unless given, none does',
  ),
  label: text('name', 'also point this label at the new version, e.g. production'),
  source: text('text', 'where it comes from, for its lineage; unless given, the file name'),
  data: texts('file', 'a file the graph refers to (external weights)'),
  dryRun: flag('everything but the publishing'),
  json: flag('the manifest as JSON'),
};

export const command = defineCommand({
  name: 'publish',
  description:
    'Publishes an ONNX model trained elsewhere as the next version of a model: opens it, checks that it takes one image and gives one score per class, records golden samples, then writes it into the repository (GLIMPSE_REPOSITORY). A running server picks it up by itself.',
  arguments: {
    file: required('the ONNX file'),
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
  const file = resolve(given.file);
  const examined = await examine(config, file, given, [...given.golden, ...given.samples]);
  for (const line of describe(examined)) printAside(line);
  if (given.dryRun) return 0;
  const draft = await draftOf(file, given, examined);
  const repository = openRepository(config);
  try {
    const manifest = await repository.publish(draft);
    if (given.json) print(JSON.stringify(manifest, null, 2));
    else print(`Published ${manifest.model} version ${manifest.version} to ${repository.uri}`);
  } finally {
    await repository.close();
  }
  return 0;
}

interface Examined {
  readonly signature: Signature;
  readonly preprocessing: Preprocessing;
  readonly golden: RecordedGolden;
  readonly place: ModelRuntime['place'];
}

/** Opens the model as a server would and tries it, so that nothing is published that cannot answer. */
async function examine(
  config: Config,
  file: string,
  given: Options,
  golden: readonly string[],
): Promise<Examined> {
  await checkReadable(file);
  const graph = await inspectOnnx(file);
  const preprocessing = await readPreprocessing(given.preprocessing, imageInput(graph.inputs));
  const source = given.classesFile ?? given.classes;
  if (source === undefined) throw new UsageError('Name the classes with --classes.');
  const classes = await readClasses(source, given.classesFile !== undefined);
  const kind = given.outputKind;
  const draft = signatureOf(graph, preprocessing, classes, {
    output: given.output,
    kind: kind ?? 'logits',
  });
  const runtime = await loadRuntime({
    runtime: 'onnx',
    file,
    signature: draft,
    threads: config.GLIMPSE_RUNTIME_THREADS,
    maxBatchSize: config.GLIMPSE_MAX_BATCH_SIZE,
    inlineBudgetMs: config.GLIMPSE_INLINE_BUDGET_MS,
  });
  const images = openImages(config);
  try {
    const found =
      kind ?? ((await looksLikeProbabilities(runtime, draft)) ? 'probabilities' : 'logits');
    const signature = { ...draft, output: { ...draft.output, kind: found } };
    const parts = { images, runtime, signature, preprocessing };
    return {
      signature,
      preprocessing,
      golden: await recordGolden(golden, parts),
      place: runtime.place,
    };
  } finally {
    await images.close();
    await runtime.close();
  }
}

async function checkReadable(file: string): Promise<void> {
  const found = await stat(file).catch(() => undefined);
  if (!found?.isFile()) throw new UsageError(`There is no file ${file}.`);
}

async function draftOf(
  file: string,
  { model, data, label, minScore, source = basename(file) }: Options,
  { signature, preprocessing, golden }: Examined,
): Promise<VersionDraft> {
  for (const path of data) await checkReadable(path);
  return {
    model,
    runtime: 'onnx',
    entry: 'model.onnx',
    signature,
    preprocessing,
    golden: [...golden.samples],
    lineage: { source },
    metrics: {},
    files: new Map<string, Uint8Array | { readonly file: string }>([
      ['model.onnx', { file }],
      ...data.map((path) => [basename(path), { file: resolve(path) }] as const),
      ...golden.files,
    ]),
    ...(label !== undefined && { label }),
    ...(minScore !== undefined && { gate: { minScore } }),
  };
}

function describe({ signature, preprocessing, golden, place }: Examined): string[] {
  const { input, output, classes } = signature;
  const { width, height, channels } = preprocessing;
  const rows = golden.samples.map(({ file, label, scores }) => [
    file.replace('golden/', ''),
    label,
    Math.max(...scores).toFixed(3),
  ]);
  return [
    `input   ${input.name} ${input.layout} [N, ${input.shape.join(', ')}] from images of ${width} x ${height}, ${channels === 1 ? 'grey' : preprocessing.colourSpace}`,
    `output  ${output.name}, ${output.kind}, ${classes.length} classes`,
    `runs    ${place === 'inline' ? 'on the main thread' : 'on a worker thread'} here`,
    ...golden.notes,
    ...(rows.length > 0
      ? ['', table(['golden sample', 'class', 'score'], rows), '']
      : ['golden  none: give --golden images, so that every load can check itself']),
  ];
}
