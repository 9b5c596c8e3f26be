import { readFile, writeFile } from 'node:fs/promises';
import { UsageError } from '../cli/command.ts';
import type { InspectedGraph } from '../runtime/cells/cell-order.ts';
import type { GraphPort } from '../runtime/inspect-onnx.ts';
import { readGraph, type OnnxGraph } from '../runtime/onnx-file/read-graph.ts';
import { outputOperator } from '../runtime/output-operator.ts';
import { rewriteGraph, type NewNode } from '../runtime/onnx-file/rewrite-graph.ts';
import type { OutputKind } from '../signature.ts';
import { scoresOf } from './choose-output.ts';
import { inputHint } from './graph-hints.ts';
import type { ImagePort, SaidInput } from './input-form.ts';

/** A graph as it will be published, and what it says about itself. */
export interface ForeignGraph {
  readonly inputs: readonly ImagePort[];
  readonly outputs: readonly GraphPort[];
  readonly read: OnnxGraph;
  /** What an output that was asked for by its name is called now. */
  readonly outputName: string | undefined;
  /** What was changed in the file. */
  readonly notes: readonly string[];
}

/** Asks what an ONNX file takes and gives. */
export type Inspect = (file: string) => Promise<InspectedGraph>;

/**
 * Opens an ONNX file. Where its scores leave it as a list of maps (scikit-learn's ZipMap), it is rewritten, so
 * that they leave it as the tensor they are before.
 */
export async function openGraph(
  file: string,
  said: SaidInput & { readonly output?: string | undefined },
  inspect: Inspect,
): Promise<ForeignGraph> {
  const bytes = await readFile(file);
  const read = readGraph(bytes);
  const maps = read.nodes.filter(isZipMap);
  const names = new Map(maps.map(({ inputs, outputs }) => [outputs[0] ?? '', inputs[0] ?? '']));
  if (maps.length > 0) {
    const places = [...read.nodes.entries()].flatMap(([at, node]) => (isZipMap(node) ? [at] : []));
    const outputs = [...names.values()].filter((name) => !read.outputs.includes(name));
    const withoutOutputs = new Set(names.keys());
    const change = { withoutNodes: new Set(places), withoutOutputs, outputs };
    await writeFile(file, rewriteGraph(bytes, change));
  }
  const { inputs, outputs } = await inspect(file);
  const hint = inputHint(read);
  return {
    inputs: inputs.map((input) => ({ ...input, said, hint })),
    outputs,
    read,
    outputName: said.output === undefined ? undefined : (names.get(said.output) ?? said.output),
    notes: maps.map(({ outputs: [name] }) => `graph   the maps "${name}" (ZipMap) are left out`),
  };
}

const isZipMap = ({ op, domain }: OnnxGraph['nodes'][number]): boolean =>
  op === 'ZipMap' && domain === 'ai.onnx.ml';

export interface FittedOutput {
  readonly name: string;
  /** What its scores are, as far as that is known. */
  readonly kind: OutputKind | undefined;
  readonly notes: readonly string[];
}

/**
 * The output that gives one float32 score for each class. Where the chosen one gives a single score that tells two
 * classes apart, or numbers of 64 bits, the file is rewritten so that another one does.
 */
export async function fitOutput(
  file: string,
  { inputs, read }: ForeignGraph,
  chosen: GraphPort,
  classes: number,
  wished: OutputKind | undefined,
): Promise<FittedOutput> {
  const batch = inputs[0]?.shape[0];
  const isBinary = classes === 2 && scoresOf(chosen, batch) === 1;
  if (!isBinary && chosen.type !== 'float64') {
    return { name: chosen.name, kind: wished, notes: [] };
  }
  const bytes = await readFile(file);
  const isSigmoid = isBinary && isSigmoidOf(bytes, chosen.name, wished);
  const fresh = (name: string): string => unusedName(read, `${chosen.name}_${name}`);
  const single = fresh('float32');
  const cast: NewNode[] =
    chosen.type === 'float32'
      ? []
      : [{ op: 'Cast', inputs: [chosen.name], output: single, attributes: { to: 1 } }];
  const from = cast.length > 0 ? single : chosen.name;
  const both = isBinary ? twoClasses(from, isSigmoid, fresh) : [];
  const nodes = [...cast, ...both];
  const name = nodes.at(-1)?.output ?? from;
  const change = { nodes, outputs: [name], withoutOutputs: new Set([chosen.name]) };
  await writeFile(file, rewriteGraph(bytes, change));
  const what = isBinary
    ? `"${name}" has ${isSigmoid ? '1 - p and p' : '0 and x'} of the one score "${chosen.name}"`
    : `"${name}" has the scores of "${chosen.name}" as float32`;
  const kind = isBinary ? (isSigmoid ? 'probabilities' : 'logits') : wished;
  return { name, kind, notes: [`graph   ${what}`] };
}

/** The scores of two classes by one: 1 - p and p of a sigmoid, 0 and x of a logit, whose softmax is its sigmoid. */
function twoClasses(score: string, isSigmoid: boolean, fresh: (name: string) => string): NewNode[] {
  const [column, one, other, both] = [
    fresh('column'),
    fresh('one'),
    fresh('other'),
    fresh('classes'),
  ];
  return [
    { op: 'Flatten', inputs: [score], output: column, attributes: { axis: 1 } },
    ...(isSigmoid
      ? [{ op: 'Constant', inputs: [], output: one, attributes: { value: Float32Array.of(1) } }]
      : []),
    { op: 'Sub', inputs: [isSigmoid ? one : column, column], output: other },
    { op: 'Concat', inputs: [other, column], output: both, attributes: { axis: 1 } },
  ];
}

/** Operators whose results may be any number. */
const linear = new Set(['Add', 'Gemm', 'MatMul', 'Conv', 'Sub', 'Mul', 'BatchNormalization']);

/** Whether a single score is a probability; a UsageError where neither the graph nor its author tells. */
function isSigmoidOf(model: Uint8Array, output: string, wished: OutputKind | undefined): boolean {
  if (wished !== undefined) return wished !== 'logits';
  const last = outputOperator(model, output);
  if (last === 'Sigmoid') return true;
  if (last !== undefined && linear.has(last)) return false;
  throw new UsageError(
    `The one score of "${output}" comes from ${last ?? 'the input itself'}: say with --output-kind whether it is one of 0 to 1 (sigmoid) or any number (logits).`,
  );
}

function unusedName({ nodes, weights, inputs }: OnnxGraph, wished: string): string {
  const taken = new Set([...inputs, ...weights.keys(), ...nodes.flatMap(({ outputs }) => outputs)]);
  let name = wished;
  while (taken.has(name)) name += '_';
  return name;
}
