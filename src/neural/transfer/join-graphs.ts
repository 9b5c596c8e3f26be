import {
  decodeModel,
  encodeModel,
  tensorOf,
  type OnnxAttribute,
  type OnnxModel,
  type OnnxNode,
  type OnnxPort,
  type OnnxTensor,
} from '../onnx-model.ts';
import { attributeTypes, dataTypes } from '../onnx-schema.ts';

/** A net without its last layers, and how it takes an image. */
export interface Body {
  /** Cut at its features. */
  readonly model: OnnxModel;
  readonly features: string;
  readonly input: {
    readonly name: string;
    readonly layout: 'NCHW' | 'NHWC';
    /** [channels, height, width], whatever the layout. */
    readonly shape: readonly [number, number, number];
  };
}

/** What stands before a body where images are not as it takes them. */
export interface Adapter {
  /** [channels, height, width] of the images. */
  readonly shape: readonly [number, number, number];
  /** Of each channel of the body: what is taken from a value of 0..255, times `scale`, and what that is divided by. */
  readonly scale: number;
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** A graph from [N, channels, height, width] to what follows. */
export interface JoinedGraph {
  readonly model: Uint8Array;
  readonly input: string;
  readonly output: string;
}

/** Before whatever we put beside a file of somebody else, so that no name is there twice; that file may be one of ours, too. */
function prefixFor({ graph: { node, initializer, input } }: OnnxModel): string {
  const names = [
    ...node.flatMap((one) => [one.name, ...one.output]),
    ...[...initializer, ...input].map(({ name }) => name),
  ];
  let prefix = 'glimpse/';
  for (let more = 2; names.some((name) => name?.startsWith(prefix)); more += 1)
    prefix = `glimpse-${more}/`;
  return prefix;
}

interface Parts {
  /** Before every name of ours. */
  readonly prefix: string;
  readonly node: OnnxNode[];
  readonly initializer: OnnxTensor[];
}

/** A body with its features as the output, [N, size]. */
export function buildFeatureGraph(body: Body, adapter?: Adapter): JoinedGraph {
  const { parts, input, flat } = begin(body, adapter);
  return finish(body, parts, input, { name: flat, shape: ['N', 'features'] });
}

/** A body with a head behind its features: a graph of ours that takes them as its input, and gives logits. */
export function joinHead(
  body: Body,
  head: { readonly model: Uint8Array; readonly input: string; readonly output: string },
  classes: number,
  adapter?: Adapter,
): JoinedGraph {
  const { parts, input, flat } = begin(body, adapter);
  const { graph } = decodeModel(head.model);
  const { prefix } = parts;
  const output = freeName(body.model, head.output, prefix);
  const named = (name: string): string => {
    if (name === '') return name;
    if (name === head.output) return output;
    return name === head.input ? flat : `${prefix}head/${name}`;
  };
  const rename = (node: OnnxNode): OnnxNode => ({
    ...node,
    name: `${prefix}head/${node.name ?? node.output[0]!}`,
    input: node.input.map(named),
    output: node.output.map(named),
  });
  parts.node.push(...graph.node.map(rename));
  parts.initializer.push(...graph.initializer.map((one) => ({ ...one, name: named(one.name) })));
  return finish(body, parts, input, { name: output, shape: ['N', classes] });
}

/** The name itself, where no value of the model has it. */
function freeName(
  { graph: { node, initializer, input } }: OnnxModel,
  name: string,
  prefix: string,
): string {
  const isTaken =
    node.some(({ output }) => output.includes(name)) ||
    [...initializer, ...input].some((one) => one.name === name);
  return isTaken ? `${prefix}${name}` : name;
}

/** What stands before and right behind the body. */
function begin(
  { model, features, input }: Body,
  adapter: Adapter | undefined,
): { parts: Parts; input: OnnxPort; flat: string } {
  const prefix = prefixFor(model);
  const parts: Parts = {
    prefix,
    node: [],
    initializer: [...model.graph.initializer],
  };
  const image = freeName(model, 'image', prefix);
  const shape = adapter?.shape ?? input.shape;
  const isSame = !adapter && input.layout === 'NCHW';
  if (!isSame) prepare(parts, image, input, adapter);
  parts.node.push(...model.graph.node);
  const flat = `${prefix}features`;
  parts.node.push(
    nodeOf('Flatten', [features], flat, [{ name: 'axis', i: 1, type: attributeTypes.int }]),
  );
  return { parts, input: portOf(isSame ? input.name : image, ['N', ...shape]), flat };
}

/** Makes what the body takes of images of another size, in one colour, or with their channels first. */
function prepare(
  { prefix, node, initializer }: Parts,
  image: string,
  { name, layout, shape: [channels, height, width] }: Body['input'],
  adapter: Adapter | undefined,
): void {
  let last = image;
  const then = (
    op: string,
    inputs: readonly string[],
    attributes: readonly OnnxAttribute[] = [],
  ): void => {
    const made = `${prefix}${op.toLowerCase()}`;
    node.push(nodeOf(op, inputs, made, attributes));
    last = made;
  };
  const constant = (word: string, values: readonly number[], dims: readonly number[]): string => {
    initializer.push(tensorOf(`${prefix}${word}`, Float32Array.from(values), dims));
    return `${prefix}${word}`;
  };
  if (adapter) {
    const [ownChannels, ownHeight, ownWidth] = adapter.shape;
    if (ownHeight !== height || ownWidth !== width) {
      const factors = [1, 1, height / ownHeight, width / ownWidth];
      then(
        'Resize',
        [last, constant('region', [], [0]), constant('factors', factors, [4])],
        [textOf('mode', 'linear'), textOf('coordinate_transformation_mode', 'half_pixel')],
      );
    }
    if (ownChannels !== channels) {
      const copies = Array.from({ length: channels }, () => last);
      then('Concat', copies, [{ name: 'axis', i: 1, type: attributeTypes.int }]);
    }
    const { scale, mean, std } = adapter;
    const factors = std.map((spread) => scale / spread);
    const shifts = mean.map((middle, channel) => -middle / std[channel]!);
    then('Mul', [last, constant('scale', factors, [channels, 1, 1])]);
    then('Add', [last, constant('shift', shifts, [channels, 1, 1])]);
  }
  if (layout === 'NHWC') {
    then('Transpose', [last], [{ name: 'perm', ints: [0, 2, 3, 1], type: attributeTypes.ints }]);
  }
  // The body takes it under its own name.
  node[node.length - 1] = { ...node.at(-1)!, output: [name] };
}

function finish(
  { model }: Body,
  { node, initializer }: Parts,
  input: OnnxPort,
  output: { readonly name: string; readonly shape: readonly (number | string)[] },
): JoinedGraph {
  const { irVersion = 8, opsetImport, functions } = model;
  const joined: OnnxModel = {
    // Before version 4 every tensor had to be an input besides.
    irVersion: Math.max(irVersion, 4),
    opsetImport,
    functions,
    graph: {
      name: 'classifier',
      node,
      initializer,
      input: [input],
      output: [portOf(output.name, output.shape)],
    },
  };
  return { model: encodeModel(joined), input: input.name, output: output.name };
}

function nodeOf(
  opType: string,
  input: readonly string[],
  output: string,
  attribute: readonly OnnxAttribute[] = [],
): OnnxNode {
  return { opType, input, output: [output], name: output, attribute };
}

function textOf(name: string, text: string): OnnxAttribute {
  return { name, s: Buffer.from(text), type: attributeTypes.string };
}

function portOf(name: string, shape: readonly (number | string)[]): OnnxPort {
  const dim = shape.map((length) =>
    typeof length === 'string' ? { dimParam: length } : { dimValue: length },
  );
  return { name, type: { tensorType: { elemType: dataTypes.float32, shape: { dim } } } };
}
