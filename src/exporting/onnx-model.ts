import type { Manifest } from '../repository/manifest.ts';
import { channelScaling } from '../preprocessing/pixel-scaling.ts';
import { externalLocations } from '../runtime/external-data.ts';
import { fieldsOf, textOf, type Field } from '../runtime/onnx-fields.ts';
import { bytesField } from '../runtime/onnx-file/field-values.ts';
import { readGraph } from '../runtime/onnx-file/read-graph.ts';
import { cannotExport } from './cannot-export.ts';
import { constantNode, nodeOf, portOf, type Attribute } from './onnx-nodes.ts';

/** The numbers of onnx.proto. */
const model = { graph: 7, metadata: 14 };
const graph = { node: 1, input: 11, output: 12 };
const types = { float32: 1, uint8: 2, float16: 10 };

/** Under these, names of the classes are looked for: what an exporter noted there may be other names by now. */
const classKeys = new Set(['names', 'id2label', 'classes', 'labels', 'class_names']);

/**
 * The graph of a version with what a server does around it: pixels of the size of its input in, [N, height, width,
 * channels] of uint8 (RGB, alpha last), and the probabilities of its classes out. Every other byte of the graph stays as it is.
 */
export function onnxModel(manifest: Manifest, bytes: Uint8Array): Uint8Array {
  if (manifest.runtime !== 'onnx') {
    throw cannotExport('it is no ONNX model: take it as zip, which holds the files it was made of');
  }
  if (externalLocations(bytes).length > 0) {
    throw cannotExport(
      'its weights lie in files beside its graph: take it as zip, which holds all of them',
    );
  }
  const names = createNames(bytes);
  const before = preprocessingNodes(manifest, names);
  const after = scoreNodes(manifest, names);
  const kept: Uint8Array[] = [];
  const inner: Uint8Array[] = [];
  for (const field of fieldsOf(bytes)) {
    if (field.number === model.graph && typeof field.value !== 'number') inner.push(field.value);
    else if (!namesClasses(field)) kept.push(field.bytes);
  }
  const changed = [
    ...before.nodes.map((node) => bytesField(graph.node, [node])),
    ...inner.flatMap((piece) => [...fieldsOf(piece)].filter(isKept(manifest)).map(written)),
    ...after.nodes.map((node) => bytesField(graph.node, [node])),
    bytesField(graph.input, [before.port]),
    bytesField(graph.output, [after.port]),
  ];
  return Buffer.concat([...kept, bytesField(model.graph, changed), ...metadataFields(manifest)]);
}

const written = ({ bytes }: Field): Uint8Array => bytes;

/** Of the graph stays what is neither its input nor an output. */
function isKept({ signature }: Manifest): (field: Field) => boolean {
  return ({ number, value }) => {
    if (number === graph.output) return false;
    return number !== graph.input || nameIn(value) !== signature.input.name;
  };
}

function nameIn(message: Field['value']): string | undefined {
  if (typeof message === 'number') return undefined;
  const found = [...fieldsOf(message)].find(({ number }) => number === 1);
  return found && textOf(found);
}

function namesClasses({ number, value }: Field): boolean {
  return number === model.metadata && classKeys.has(nameIn(value) ?? '');
}

/** Names that nothing in the graph has. */
function createNames(bytes: Uint8Array): (wished: string) => string {
  const { nodes, weights, inputs, outputs } = readGraph(bytes);
  const taken = new Set([
    ...nodes.flatMap((node) => [...node.inputs, ...node.outputs]),
    ...weights.keys(),
    ...inputs,
    ...outputs,
  ]);
  return (wished) => {
    let name = wished;
    for (let count = 2; taken.has(name); count += 1) name = `${wished}_${count}`;
    taken.add(name);
    return name;
  };
}

interface GraphEnd {
  readonly nodes: readonly Uint8Array[];
  readonly port: Uint8Array;
}

type Step = readonly [
  op: string,
  constants: readonly string[],
  attributes: Record<string, Attribute>,
];

/** From pixels to the input of the graph: order of colours, scale, mean, deviation, layout, type. */
function preprocessingNodes({ signature, preprocessing }: Manifest, fresh: Names): GraphEnd {
  const { name, layout, shape, dtype, batch } = signature.input;
  const { width, height, channels } = preprocessing;
  const constants: Uint8Array[] = [];
  const constant = (wished: string, values: Float32Array | readonly number[]): string => {
    const fullName = fresh(`preprocessing_${wished}`);
    constants.push(constantNode(fullName, values));
    return fullName;
  };
  const scaling = Array.from({ length: channels }, (_, channel) =>
    channelScaling(preprocessing, channel),
  );
  const isReordered = scaling.some(({ source }, channel) => source !== channel);
  const order = scaling.map(({ source }) => source);
  const steps: Step[] = [
    ['Cast', [], { to: { int: types.float32 } }],
    ...(isReordered
      ? [['Gather', [constant('order', order)], { axis: { int: 3 } }] satisfies Step]
      : []),
    [
      'Mul',
      [
        constant(
          'factor',
          Float32Array.from(scaling, ({ factor }) => factor),
        ),
      ],
      {},
    ],
    [
      'Add',
      [
        constant(
          'shift',
          Float32Array.from(scaling, ({ shift }) => shift),
        ),
      ],
      {},
    ],
    layout === 'NCHW'
      ? ['Transpose', [], { perm: { ints: [0, 3, 1, 2] } }]
      : ['Reshape', [constant('shape', [0, ...shape])], {}],
    ['Cast', [], { to: { int: types[dtype] } }],
  ];
  const pixels = fresh('pixels');
  const nodes = chain(steps, pixels, name, (op) => fresh(`preprocessing_${op.toLowerCase()}`));
  const port = portOf(pixels, types.uint8, [batch ?? 'N', height, width, channels]);
  return { nodes: [...constants, ...nodes], port };
}

/** From the output of the graph to a row of probabilities for each image. */
function scoreNodes({ signature }: Manifest, fresh: Names): GraphEnd {
  const { output, classes, input } = signature;
  const shape = fresh('scores_shape');
  const steps: Step[] = [
    ['Cast', [], { to: { int: types.float32 } }],
    ['Reshape', [shape], {}],
    ...(output.kind === 'logits' ? [['Softmax', [], { axis: { int: 1 } }] satisfies Step] : []),
  ];
  const name = fresh('probabilities');
  const nodes = chain(steps, output.name, name, (op) => fresh(`scores_${op.toLowerCase()}`));
  const port = portOf(name, types.float32, [input.batch ?? 'N', classes.length]);
  return { nodes: [constantNode(shape, [-1, classes.length]), ...nodes], port };
}

type Names = ReturnType<typeof createNames>;

/** Steps one after the other, from a value to another one. */
function chain(
  steps: readonly Step[],
  from: string,
  to: string,
  nameOf: (op: string) => string,
): Uint8Array[] {
  let value = from;
  return steps.map(([op, constants, attributes], place) => {
    const output = place === steps.length - 1 ? to : nameOf(op);
    const node = nodeOf(op, [value, ...constants], output, attributes);
    value = output;
    return node;
  });
}

function metadataFields({
  model: name,
  version,
  signature,
  preprocessing,
}: Manifest): Uint8Array[] {
  const entries = {
    classes: JSON.stringify(signature.classes),
    glimpse_model: name,
    glimpse_version: String(version),
    // What a server does to an image before it has the pixels that this graph takes.
    glimpse_preprocessing: JSON.stringify(preprocessing),
  };
  return Object.entries(entries).map(([key, value]) =>
    bytesField(model.metadata, [bytesField(1, key), bytesField(2, value)]),
  );
}
