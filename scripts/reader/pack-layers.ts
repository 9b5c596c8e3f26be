/** A layer as a graph holds it: a dense one has its inputs first, a convolution its outputs. */
export interface DenseLayer {
  readonly shape: readonly number[];
  readonly weights: Float32Array;
  readonly bias: Float32Array;
}

/** The text of the file that holds a net of this name: eight bits a weight. `classes` says which output of the last layer is which class. */
export function packLayers(
  name: string,
  layers: readonly DenseLayer[],
  classes: readonly number[],
): string {
  const turned = layers.map(outputsFirst);
  const last = turned.at(-1)!;
  const inputs = last.weights.length / last.bias.length;
  turned[turned.length - 1] = {
    shape: last.shape,
    weights: Float32Array.from(
      classes.flatMap((output) => [
        ...last.weights.subarray(output * inputs, (output + 1) * inputs),
      ]),
    ),
    bias: Float32Array.from(classes, (output) => last.bias[output]!),
  };
  const packed = turned.map(quantised);
  const scales = packed.flatMap(({ factors }, at) => [...factors, ...turned[at]!.bias]);
  const floats = Buffer.alloc(4 * scales.length);
  scales.forEach((scale, at) => floats.writeFloatLE(scale, 4 * at));
  return `/** Made by scripts/train-reader.ts; not to be edited. Eight bits a weight, a scale and a bias for each output. */
export const ${name} = {
  shapes: ${JSON.stringify(turned.map(({ shape }) => shape))},
  /** Base64 of signed bytes, tensor by tensor, outputs first. */
  // prettier-ignore
  bytes: '${text(Buffer.concat(packed.map(({ bytes }) => bytes)))}',
  /** Base64 of float32: for each tensor the scale of each output, then its bias. */
  // prettier-ignore
  scales: '${text(floats)}',
};
`;
}

const text = (bytes: Buffer): string => bytes.toString('base64');

function outputsFirst({ shape, weights, bias }: DenseLayer): DenseLayer {
  if (shape.length !== 2) return { shape, weights, bias };
  const [inputs = 0, outputs = 0] = shape;
  const turned = new Float32Array(weights.length);
  for (let i = 0; i < inputs; i += 1) {
    for (let o = 0; o < outputs; o += 1) turned[o * inputs + i] = weights[i * outputs + o]!;
  }
  return { shape: [outputs, inputs], weights: turned, bias };
}

function quantised({ weights, bias }: DenseLayer): { bytes: Buffer; factors: number[] } {
  const [outputs, inputs] = [bias.length, weights.length / bias.length];
  const bytes = Buffer.alloc(weights.length);
  const factors = Array.from({ length: outputs }, (_, output) => {
    const own = weights.subarray(output * inputs, (output + 1) * inputs);
    const factor = Math.max(...own.map(Math.abs)) / 127 || 1;
    own.forEach((weight, at) => bytes.writeInt8(Math.round(weight / factor), output * inputs + at));
    return factor;
  });
  return { bytes, factors };
}
