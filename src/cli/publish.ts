import { stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { openImages, openRepository } from '../compose/open.ts';
import { readConfig, type Config } from '../config.ts';
import type { VersionDraft } from '../repository/repository.ts';
import { inspectOnnx } from '../runtime/inspect-onnx.ts';
import { loadRuntime } from '../runtime/load-runtime.ts';
import type { ModelRuntime } from '../runtime/runtime.ts';
import type { Preprocessing, Signature } from '../signature.ts';
import { print, printAside, UsageError, type Command } from './command.ts';
import {
  imageInput,
  presetNames,
  readClasses,
  readPreprocessing,
  signatureOf,
} from './foreign-model.ts';
import { looksLikeProbabilities, recordGolden, type RecordedGolden } from './record-golden.ts';
import { table } from './table.ts';

export const command: Command = {
  help: `glimpse publish <file.onnx> --model <name> --classes <a,b,c | file> [options]

Publishes an ONNX model trained elsewhere as the next version of a model: opens it, checks that it takes
one image and gives one score per class, records golden samples, then writes it into the repository
(GLIMPSE_REPOSITORY). A running server picks it up by itself.

  --model <name>           the model it becomes a version of
  --classes <a,b,c>        names of the classes in the order of the scores, or a file (lines or JSON)
  --classes-file <file>    the same, always read as a file
  --preprocessing <what>   how an image becomes the input: ${presetNames.join(', ')}, or a JSON file with any
                           fields of the contract (see GET /models/digits/versions/1); default: plain
  --output <name>          which output holds the scores, when the graph has several that could
  --output-kind <kind>     logits or probabilities; default: found out by trying
  --golden <image...>      images whose scores are recorded and checked at every load; "7=seven.png"
                           also says which class it must be
  --min-score <0..1>       a best score below this carries the warning "uncertain"; default: none does
  --label <name>           also point this label at the new version, e.g. production
  --source <text>          where it comes from, for its lineage; default: the file name
  --data <file>            a file the graph refers to (external weights); may be given more than once
  --dry-run                everything but the publishing
  --json                   the manifest as JSON`,
  run: publish,
};

const options = {
  model: { type: 'string' },
  classes: { type: 'string' },
  'classes-file': { type: 'string' },
  preprocessing: { type: 'string', default: 'plain' },
  output: { type: 'string' },
  'output-kind': { type: 'string' },
  golden: { type: 'string', multiple: true },
  'min-score': { type: 'string' },
  label: { type: 'string' },
  source: { type: 'string' },
  data: { type: 'string', multiple: true },
  'dry-run': { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
} as const;

const parse = (args: string[]) => parseArgs({ args, options, allowPositionals: true });
type Options = ReturnType<typeof parse>['values'];

async function publish(args: string[]): Promise<number> {
  const { values, positionals } = parse(args);
  const [file, ...more] = positionals;
  if (file === undefined) throw new UsageError('Name the ONNX file to publish.');
  if (values.model === undefined) throw new UsageError('Name the model with --model.');
  // The shell spreads "--golden samples/*.png": what follows the ONNX file are golden samples too.
  const golden = [...(values.golden ?? []), ...more];
  const gate = gateOf(values['min-score']);
  const config = readConfig();
  const examined = await examine(config, resolve(file), values, golden);
  for (const line of describe(examined)) printAside(line);
  if (values['dry-run']) return 0;
  const draft = { ...(await draftOf(resolve(file), values.model, values, examined)), ...gate };
  const repository = openRepository(config);
  try {
    const manifest = await repository.publish(draft);
    if (values.json) print(JSON.stringify(manifest, null, 2));
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
  values: Options,
  golden: readonly string[],
): Promise<Examined> {
  await checkReadable(file);
  const graph = await inspectOnnx(file);
  const preprocessing = await readPreprocessing(
    values.preprocessing ?? 'plain',
    imageInput(graph.inputs),
  );
  const source = values['classes-file'] ?? values.classes;
  if (source === undefined) throw new UsageError('Name the classes with --classes.');
  const classes = await readClasses(source, values['classes-file'] !== undefined);
  const kind = kindOf(values['output-kind']);
  const draft = signatureOf(graph, preprocessing, classes, {
    output: values.output,
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

function kindOf(text: string | undefined): Signature['output']['kind'] | undefined {
  if (text === undefined || text === 'logits' || text === 'probabilities') return text;
  throw new UsageError(`--output-kind is logits or probabilities, not ${text}.`);
}

function gateOf(text: string | undefined): Pick<VersionDraft, 'gate'> {
  if (text === undefined) return {};
  const minScore = Number(text);
  if (/^[\d.]+$/.test(text) && minScore >= 0 && minScore <= 1) return { gate: { minScore } };
  throw new UsageError(`--min-score is a number from 0 to 1, not ${text}.`);
}

async function draftOf(
  file: string,
  model: string,
  values: Options,
  { signature, preprocessing, golden }: Examined,
): Promise<VersionDraft> {
  const data = values.data ?? [];
  for (const path of data) await checkReadable(path);
  return {
    model,
    runtime: 'onnx',
    entry: 'model.onnx',
    signature,
    preprocessing,
    golden: [...golden.samples],
    lineage: { source: values.source ?? basename(file) },
    metrics: {},
    files: new Map<string, Uint8Array | { readonly file: string }>([
      ['model.onnx', { file }],
      ...data.map((path) => [basename(path), { file: resolve(path) }] as const),
      ...golden.files,
    ]),
    ...(values.label !== undefined && { label: values.label }),
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
