import { strict as assert } from 'node:assert';
import { FRAME } from '../handwriting/mnist-frame.ts';

/**
 * A net that looks at 28x28 grey pixels and says how likely each of its classes is: two convolutions of 3x3 with ReLU and max-pooling,
 * a hidden dense layer, a dense layer. Small enough to need no library; made by scripts/train-reader.ts.
 */
export type SmallNet = (pixels: Uint8Array) => Float64Array;

/** What such a net has learnt, as it lies in this package. */
export interface PackedNet {
  readonly shapes: readonly (readonly number[])[];
  /** Base64 of signed bytes, tensor by tensor, outputs first. */
  readonly bytes: string;
  /** Base64 of float32: for each tensor the scale of each output, then its bias. */
  readonly scales: string;
}

interface Layer {
  readonly outputs: number;
  readonly inputs: number;
  readonly weights: Float32Array;
  readonly bias: Float32Array;
}

/** Unpacks a net. */
export function openSmallNet(packed: PackedNet): SmallNet {
  const layers = unpack(packed);
  return (pixels) => scoresOf(pixels, layers);
}

function unpack({ shapes, bytes, scales }: PackedNet): Layer[] {
  const whole = Buffer.from(bytes, 'base64');
  const packed = Buffer.from(scales, 'base64');
  let [at, scaleAt] = [0, 0];
  const nextScale = (): number => packed.readFloatLE(4 * scaleAt++);
  const layers = shapes.map(([outputs = 0, ...rest]) => {
    const inputs = rest.reduce((product, length) => product * length, 1);
    const factors = Array.from({ length: outputs }, nextScale);
    const bias = Float32Array.from({ length: outputs }, nextScale);
    const weights = Float32Array.from(
      { length: outputs * inputs },
      (_, i) => whole.readInt8(at + i) * factors[Math.floor(i / inputs)]!,
    );
    at += outputs * inputs;
    return { outputs, inputs, weights, bias };
  });
  assert(at === whole.length && 4 * scaleAt === packed.length, 'weights do not fill their layers');
  return layers;
}

function scoresOf(pixels: Uint8Array, layers: readonly Layer[]): Float64Array {
  const [first, second, hidden, last] = layers;
  assert(first && second && hidden && last, 'the net has four layers: our bug');
  const input = Float32Array.from(pixels, (value) => value / 255);
  const one = convolved(input, FRAME, first);
  const pooled = halved(one, FRAME - 2, first.outputs);
  const side = (FRAME - 2) >> 1;
  const two = convolved(pooled, side, second);
  const features = halved(two, side - 2, second.outputs);
  const raised = dense(features, hidden).map((value) => Math.max(0, value));
  return softmax(dense(raised, last));
}

/** 3x3 without padding, with ReLU; planes one after the other. */
function convolved(planes: Float32Array, side: number, layer: Layer): Float32Array {
  const { outputs, inputs, weights, bias } = layer;
  const [channels, out] = [inputs / 9, side - 2];
  const result = new Float32Array(outputs * out * out);
  for (let o = 0; o < outputs; o += 1) {
    const to = o * out * out;
    result.fill(bias[o]!, to, to + out * out);
    for (let c = 0; c < channels; c += 1) {
      const w = (o * channels + c) * 9;
      const [a, b, d] = [weights[w]!, weights[w + 1]!, weights[w + 2]!];
      const [e, f, g] = [weights[w + 3]!, weights[w + 4]!, weights[w + 5]!];
      const [h, i, j] = [weights[w + 6]!, weights[w + 7]!, weights[w + 8]!];
      for (let y = 0; y < out; y += 1) {
        let p = c * side * side + y * side;
        let q = to + y * out;
        for (let x = 0; x < out; x += 1, p += 1, q += 1) {
          const [r, s] = [p + side, p + 2 * side];
          result[q]! +=
            a * planes[p]! +
            b * planes[p + 1]! +
            d * planes[p + 2]! +
            e * planes[r]! +
            f * planes[r + 1]! +
            g * planes[r + 2]! +
            h * planes[s]! +
            i * planes[s + 1]! +
            j * planes[s + 2]!;
        }
      }
    }
  }
  for (let at = 0; at < result.length; at += 1) if (result[at]! < 0) result[at] = 0;
  return result;
}

/** The largest of each two by two; an odd last row or column is left out. */
function halved(planes: Float32Array, side: number, channels: number): Float32Array {
  const out = side >> 1;
  const result = new Float32Array(channels * out * out);
  for (let c = 0, to = 0; c < channels; c += 1) {
    for (let y = 0; y < out; y += 1) {
      for (let x = 0; x < out; x += 1, to += 1) {
        const at = c * side * side + 2 * y * side + 2 * x;
        const upper = Math.max(planes[at]!, planes[at + 1]!);
        result[to] = Math.max(upper, planes[at + side]!, planes[at + side + 1]!);
      }
    }
  }
  return result;
}

function dense(input: Float32Array, { outputs, inputs, weights, bias }: Layer): Float32Array {
  assert(input.length === inputs, 'a layer is given what it does not take: our bug');
  const result = new Float32Array(outputs);
  for (let o = 0, w = 0; o < outputs; o += 1) {
    let sum = bias[o]!;
    for (let i = 0; i < inputs; i += 1, w += 1) sum += input[i]! * weights[w]!;
    result[o] = sum;
  }
  return result;
}

function softmax(logits: Float32Array): Float64Array {
  const most = Math.max(...logits);
  const scores = Float64Array.from(logits, (logit) => Math.exp(logit - most));
  const sum = scores.reduce((total, score) => total + score, 0);
  return scores.map((score) => score / sum);
}
