import { floats, frozen, ints, node, placeholder, text, whole } from '../converting/graph-file.ts';
import type { NodeDef } from '../converting/graph-file.ts';
import { encodePng } from '../../src/image/encode-png.ts';

/**
 * A net of TensorFlow that tells dark images from bright ones, of 4 x 4 grey shares of white; `open` leaves the size of its images
 * open. Nothing in it says that it takes shares.
 */
function brightnessNodes(open = false): NodeDef[] {
  const side = open ? -1 : 4;
  return [
    placeholder('x', [-1, side, side, 1]),
    floats('kernel', [1, 1, 1, 1], [1]),
    node('Conv2D', ['x', 'kernel'], { strides: ints(1, 1, 1, 1), padding: text('SAME') }, 'conv'),
    whole('axes', [1, 2]),
    node('Mean', ['conv', 'axes'], {}, 'mean'),
    floats('turned', [1, 2], [-20, 20]),
    node('MatMul', ['mean', 'turned'], {}, 'product'),
    floats('middle', [2], [10, -10]),
    node('BiasAdd', ['product', 'middle'], {}, 'sum'),
    node('Softmax', ['sum'], {}, 'scores'),
  ];
}

export const brightnessFrozen = (open = false): Buffer => frozen(brightnessNodes(open));

/** The same as a graph model of TensorFlow.js: model.json, and its one shard. */
export function brightnessTfjs(): { readonly json: string; readonly shard: Buffer } {
  const weights: object[] = [];
  const shards: Buffer[] = [];
  const nodes = brightnessNodes().map(({ name, op, input = [], attr = {} }) => {
    if (op !== 'Const') return { name, op, input, attr: inJson(attr) };
    const { tensor } = attr['value'] as { tensor: ConstTensor };
    const isFloat = tensor.dtype === 'DT_FLOAT';
    const shape = (tensor.tensorShape.dim ?? []).map(({ size }) => size);
    weights.push({ name, shape, dtype: isFloat ? 'float32' : 'int32' });
    shards.push(tensor.tensorContent ?? Buffer.from(Int32Array.from(tensor.intVal ?? []).buffer));
    const { dtype, tensorShape } = tensor;
    return {
      name,
      op,
      attr: { dtype: { type: dtype }, value: { tensor: { dtype, tensorShape } } },
    };
  });
  const json = {
    format: 'graph-model',
    modelTopology: { node: nodes },
    signature: { inputs: { x: { name: 'x:0' } }, outputs: { scores: { name: 'scores:0' } } },
    weightsManifest: [{ paths: ['group1-shard1of1.bin'], weights }],
  };
  return { json: JSON.stringify(json), shard: Buffer.concat(shards) };
}

interface ConstTensor {
  readonly dtype: string;
  readonly tensorShape: { readonly dim?: readonly { readonly size: number }[] };
  readonly tensorContent?: Buffer;
  readonly intVal?: readonly number[];
}

/** Attributes as protobuf writes them in JSON: bytes in base64. */
function inJson(attr: Readonly<Record<string, object>>): object {
  return JSON.parse(
    JSON.stringify(attr, (_key, value: unknown) => {
      const { type, data } = (value ?? {}) as { type?: unknown; data?: unknown };
      return type === 'Buffer' && Array.isArray(data)
        ? Buffer.from(data as number[]).toString('base64')
        : value;
    }),
  ) as object;
}

/** An image of one level, in 4 x 4 pixels. */
export const ofLevel = (level: number): Promise<Buffer> =>
  encodePng(new Uint8Array(16).fill(level), { width: 4, height: 4, channels: 1 });

/** Levels around the one from which on the net answers "bright". */
export const levelsOf = { dark: [100, 120], bright: [135, 160] } as const;
