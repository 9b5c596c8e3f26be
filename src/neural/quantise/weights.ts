/**
 * Weights in eight bits: whole numbers from -64 to 64, with a scale for each output. Not up to 127: processors without
 * VNNI add two products of such a weight and an activation in sixteen bits and cut off what is larger, and
 * 2 * 255 * 64 is the most that fits (https://onnxruntime.ai/docs/performance/model-optimizations/quantization.html).
 * A model must give the same scores wherever it is served.
 */
const mostWeight = 64;

export interface QuantisedWeights {
  readonly levels: Int8Array;
  /** For each output. */
  readonly scales: Float32Array;
}

/** How numbers lie: those of output `o` are at `o * step + i * stride`, or wherever `outputAt` says. */
export type OutputAt = (index: number) => number;

/** The largest of the biases in units of what they are added to; whole numbers of 32 bits hold them with room to spare. */
const mostBias = 2 ** 30;

/** Which shares of the largest weight are tried as the end of the range. */
const weightShares = [1, 0.95, 0.9, 0.85, 0.8] as const;

/**
 * The weights of each output in eight bits, by the scale with the least squared error. `inputScale` is that of what they
 * are multiplied with: a bias is a whole number of both, and a tiny scale would make it too large for one.
 */
export function quantiseWeights(
  numbers: Float32Array,
  outputs: number,
  outputAt: OutputAt,
  bias: Float32Array | undefined,
  inputScale: number,
): QuantisedWeights {
  const largest = new Float64Array(outputs);
  for (let at = 0; at < numbers.length; at += 1) {
    const output = outputAt(at);
    largest[output] = Math.max(largest[output]!, Math.abs(numbers[at]!));
  }
  const scales = bestScales(numbers, largest, outputAt);
  for (let output = 0; output < outputs; output += 1) {
    const least = Math.abs(bias?.[output] ?? 0) / inputScale / mostBias;
    scales[output] = Math.max(scales[output]!, least);
  }
  const levels = Int8Array.from(numbers, (weight, at) => levelOf(weight, scales[outputAt(at)]!));
  return { levels, scales };
}

/** The bias of each output as a whole number of the scale that its sum has. */
export function quantiseBias(
  bias: Float32Array,
  scales: Float32Array,
  inputScale: number,
): { readonly levels: Int32Array; readonly scales: Float32Array } {
  const together = scales.map((scale) => scale * inputScale);
  return {
    levels: Int32Array.from(bias, (value, at) => Math.round(value / together[at]!)),
    scales: together,
  };
}

function levelOf(weight: number, scale: number): number {
  return Math.max(-mostWeight, Math.min(mostWeight, Math.round(weight / scale)));
}

function bestScales(
  numbers: Float32Array,
  largest: Float64Array,
  outputAt: OutputAt,
): Float32Array {
  const best = new Float32Array(largest.length).fill(1);
  const leastError = new Float64Array(largest.length).fill(Infinity);
  for (const share of weightShares) {
    const scales = Float32Array.from(largest, (most) =>
      most > 0 ? (most * share) / mostWeight : 1,
    );
    const errors = new Float64Array(largest.length);
    for (let at = 0; at < numbers.length; at += 1) {
      const output = outputAt(at);
      const scale = scales[output]!;
      const off = numbers[at]! - levelOf(numbers[at]!, scale) * scale;
      errors[output]! += off * off;
    }
    for (let output = 0; output < best.length; output += 1) {
      if (errors[output]! >= leastError[output]!) continue;
      leastError[output] = errors[output]!;
      best[output] = scales[output]!;
    }
  }
  return best;
}
