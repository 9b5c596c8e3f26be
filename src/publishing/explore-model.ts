import { cellOptions } from '../compose/runtimes.ts';
import type { Config } from '../config.ts';
import type { ImagePreparer } from '../image/prepare-image.ts';
import { inspectInCell, startCell } from '../runtime/cells/start-cell.ts';
import type { ModelHost } from '../runtime/model-host.ts';
import type { Preprocessing } from '../preprocessing/contract.ts';
import type { OutputKind, Signature } from '../signature.ts';
import { stack, unstack } from '../tensor.ts';
import { UsageError } from '../cli/command.ts';
import { chooseOutput, portInWords } from './choose-output.ts';
import { namesOfGraph, type FoundNames } from './class-names.ts';
import type { ForeignGraph, Inspect } from './fit-graph.ts';
import { engineFor } from './foreign-engine.ts';
import { imageInput, readClasses, readPreprocessing, signatureOf } from './foreign-model.ts';
import { describeParity, goldenOf } from './keep-references.ts';
import { findByReferences, type FoundByReferences } from './find-by-references.ts';
import { probeImages, recogniseKind } from './output-kind.ts';
import { readGolden, recordGolden, type RecordedGolden } from './record-golden.ts';

/** What the author of a model says about it. */
export interface AuthorFacts {
  readonly classes: string | undefined;
  readonly classesFile: string | undefined;
  /** A preset, JSON or a file; with references what is known of the contract, else the contract. */
  readonly preprocessing: string | undefined;
  /** A folder of images beside what the trainer's own code made of them. */
  readonly reference: string | undefined;
  readonly tolerance: number | undefined;
  /** Of the input, where the graph leaves something open. */
  readonly shape: string | undefined;
  readonly layout: 'NCHW' | 'NHWC' | undefined;
  readonly width: number | undefined;
  readonly height: number | undefined;
  readonly output: string | undefined;
  readonly outputKind: OutputKind | undefined;
  readonly golden: readonly string[];
}

/** What a version of the model says about itself. */
export interface ExploredModel {
  readonly signature: Signature;
  readonly preprocessing: Preprocessing;
  readonly golden: RecordedGolden;
  /** What its author should know. */
  readonly notes: readonly string[];
}

const refusesFlat =
  'note    an image without any contrast gets numbers that are not finite, and is refused by every server';

const looksForNothing =
  'note    images are resized, and no ink is looked for in them; digits photographed on paper need --preprocessing handwriting';

/** Opens a model file in a cell, runs it on a few images, and combines what the graph, its outputs and its author say. */
export async function exploreModel(
  file: string,
  authorFacts: AuthorFacts,
  images: ImagePreparer,
  config: Config,
): Promise<ExploredModel> {
  const options = cellOptions(config);
  const { engine, graph, named, classes, fitted, ports } = await fitModel(
    file,
    authorFacts,
    config,
  );
  const known = { ...authorFacts, output: fitted.name };
  const found = await byReferences(file, ports, known, images, config);
  const preprocessing =
    found?.contract ??
    (await readPreprocessing(authorFacts.preprocessing ?? '{}', imageInput(ports.inputs)));
  const output = { output: fitted.name, kind: fitted.kind ?? 'logits' };
  const draft = signatureOf(ports, preprocessing, classes, output);
  const golden = [
    ...(await readGolden(authorFacts.golden, classes)),
    ...(found ? goldenOf(found.references, classes) : []),
  ];
  const { runtime } = engine;
  const threads = config.GLIMPSE_RUNTIME_THREADS;
  const cell = await startCell({ runtime, file, signature: draft, threads }, options);
  const { batchMs } = options.limits;
  const run = (bytes: readonly Buffer[]): Promise<Float32Array[]> =>
    outputsOf(bytes, { cell, batchMs, images, signature: draft, preprocessing });
  try {
    const probes = await probeImages(preprocessing);
    const outputs = await run(golden.map(({ bytes }) => bytes));
    const seen = [...outputs, ...(await run(probes.noise))];
    refuseNotFinite(seen);
    // A net that scales each image by its own spread has none to divide by where all pixels are equal.
    const flat = await run(probes.flat);
    const finite = flat.filter((row) => row.every(Number.isFinite));
    const operator = await engine.operatorOf(file, draft.output.name);
    const kind = recogniseKind([...seen, ...finite], fitted.kind, operator);
    const signature = { ...draft, output: { ...draft.output, kind } };
    const notes = [
      ...graph.notes,
      ...fitted.notes,
      ...describeNames(authorFacts, named, classes),
      ...(found ? describeParity(found) : []),
      ...(finite.length < flat.length ? [refusesFlat] : []),
      ...(authorFacts.preprocessing === 'mnist' ? [looksForNothing] : []),
    ];
    return { signature, preprocessing, golden: recordGolden(golden, outputs, signature), notes };
  } finally {
    await cell.close();
  }
}

/** Opens a model file, finds out what its classes are called, and fits the output that gives their scores. */
export async function fitModel(file: string, authorFacts: AuthorFacts, config: Config) {
  const inspect: Inspect = (path) => inspectInCell(path, cellOptions(config));
  const engine = engineFor(file);
  const graph = await engine.open(file, authorFacts, inspect);
  const named = namesOfGraph(graph.read);
  const classes = await classesOf(authorFacts, named, graph);
  const wish = { name: graph.outputName, batch: graph.inputs[0]?.shape[0] };
  const chosen = chooseOutput(graph.outputs, classes.length, wish);
  const { outputKind } = authorFacts;
  const fitted = await engine.fitOutput(file, graph, chosen, classes.length, outputKind);
  const ports =
    fitted.notes.length > 0 ? { ...graph, ...(await inspect(file)), inputs: graph.inputs } : graph;
  return { engine, graph, named, classes, fitted, ports };
}

function refuseNotFinite(outputs: readonly Float32Array[]): void {
  if (outputs.every((row) => row.every(Number.isFinite))) return;
  throw new UsageError('The model answers with numbers that are not finite.');
}

/** The classes that the author of a model names, else those that the model itself does. */
async function classesOf(
  { classes, classesFile }: AuthorFacts,
  named: FoundNames | undefined,
  { outputs }: ForeignGraph,
): Promise<string[]> {
  const source = classesFile ?? classes;
  if (source !== undefined) return await readClasses(source, classesFile !== undefined);
  if (named !== undefined) return [...named.names];
  throw new UsageError(
    `Name the classes with --classes: the model does not say what they are, and gives ${outputs.map(portInWords).join(' and ')}.`,
  );
}

const shown = (names: readonly string[]): string =>
  `${names.slice(0, 5).join(', ')}${names.length > 5 ? `, ... (${names.length})` : ''}`;

/** Where names of classes come from, or that there are others. */
function describeNames(
  { classes: said, classesFile }: AuthorFacts,
  named: FoundNames | undefined,
  classes: readonly string[],
): string[] {
  if (named === undefined) return [];
  if (said === undefined && classesFile === undefined) {
    return [`classes ${shown(classes)}: from ${named.from}`];
  }
  return named.names.join('\n') === classes.join('\n')
    ? []
    : [`note    the model itself names other classes, in ${named.from}: ${shown(named.names)}`];
}

async function byReferences(
  file: string,
  graph: Parameters<typeof findByReferences>[1],
  { reference, ...facts }: AuthorFacts,
  images: ImagePreparer,
  config: Config,
): Promise<FoundByReferences | undefined> {
  if (reference === undefined) return undefined;
  return await findByReferences(file, graph, { reference, ...facts }, images, config);
}

interface OutputOptions {
  readonly cell: ModelHost;
  readonly batchMs: number;
  readonly images: ImagePreparer;
  readonly signature: Signature;
  readonly preprocessing: Preprocessing;
}

/** The raw outputs of the model, one image after the other. */
async function outputsOf(
  images: readonly Buffer[],
  { cell, batchMs, images: preparer, signature: { input }, preprocessing }: OutputOptions,
): Promise<Float32Array[]> {
  const outputs: Float32Array[] = [];
  for (const bytes of images) {
    const example = await preparer.prepare(bytes, preprocessing, input.layout);
    const result = await cell.infer(stack([example], input.shape), batchMs);
    outputs.push(...unstack(result.outputs));
  }
  return outputs;
}
