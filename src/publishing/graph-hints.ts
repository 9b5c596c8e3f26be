import type { OnnxGraph, OnnxNode } from '../runtime/onnx-file/read-graph.ts';

/** What operators tell of an input that its port does not: which axis is which. */
export interface InputHint {
  readonly layout: 'NCHW' | 'NHWC';
  /** Undefined where a weight does not tell. */
  readonly channels: number | undefined;
}

/** Operators that give each pixel its place back. */
const pixelwise = new Set([
  'Identity',
  'Cast',
  'Add',
  'Sub',
  'Mul',
  'Div',
  'Clip',
  'QuantizeLinear',
  'DequantizeLinear',
  'BatchNormalization',
]);

/** How far a chain of operators is followed. */
const farthest = 50;

/** How the first convolution of a graph reads the pixels; ONNX has the channels first, and others are transposed. */
export function inputHint({ nodes, weights, inputs }: OnnxGraph): InputHint | undefined {
  let value = inputs[0] ?? '';
  let layout: InputHint['layout'] = 'NCHW';
  for (let step = 0; step < farthest; step += 1) {
    const node = nodes.find((each) => each.inputs.includes(value));
    if (!node) return undefined;
    if (node.op === 'Conv') return { layout, channels: channelsOf(node, nodes, weights) };
    if (node.op === 'Transpose' && node.integers('perm').join() === '0,3,1,2') layout = 'NHWC';
    else if (!pixelwise.has(node.op)) return undefined;
    value = node.outputs[0] ?? '';
  }
  return undefined;
}

/** How many channels a convolution takes: its weights are [out, in / groups, height, width]. */
function channelsOf(
  { inputs, integers }: OnnxNode,
  nodes: readonly OnnxNode[],
  weights: OnnxGraph['weights'],
): number | undefined {
  const name = inputs[1] ?? '';
  const dequantised = nodes.find(
    ({ op, outputs }) => op === 'DequantizeLinear' && outputs[0] === name,
  );
  const shape = weights.get(dequantised?.inputs[0] ?? name);
  const [, perGroup] = shape ?? [];
  return perGroup === undefined ? undefined : perGroup * Number(integers('group')[0] ?? 1);
}
