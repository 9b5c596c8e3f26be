import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ort from 'onnxruntime-node';

/** Models that Keras wrote, with what it answers to them: scripts/keras/make_fixtures.py. */
export const fixtures = join(import.meta.dirname, 'fixtures');

interface Expected {
  readonly shape: number[];
  readonly levels: number;
  /** Floats in base64. */
  readonly output: string;
}

/** What Keras answers to the images of a fixture. */
export function expectedOf(name: string): Expected {
  const all = JSON.parse(readFileSync(join(fixtures, 'expected.json'), 'utf8')) as Record<
    string,
    Expected
  >;
  return all[name]!;
}

/** The images that Keras was shown, channels last. */
function imagesOf({ shape, levels }: Expected): Float32Array {
  const count = shape.reduce((product, length) => product * length, 1);
  return Float32Array.from({ length: count }, (_, at) => {
    const value = Math.fround(Math.sin(at * 0.7));
    return levels === 1 ? value : ((value + 1) / 2) * levels;
  });
}

/** The same images with the channels first, as converted nets take them. */
export function asPlanes(images: Float32Array, shape: readonly number[]): ort.Tensor {
  if (shape.length < 4) {
    const [count = 1, ...rest] = shape;
    const dims = rest.length === 2 ? [count, 1, ...rest] : [count, ...rest];
    return new ort.Tensor('float32', images, dims);
  }
  const [count = 1, height = 1, width = 1, channels = 1] = shape;
  const planes = new Float32Array(images.length);
  for (let at = 0; at < images.length; at += 1) {
    const [channel, pixel] = [at % channels, Math.floor(at / channels)];
    const [image, place] = [Math.floor(pixel / (height * width)), pixel % (height * width)];
    planes[(image * channels + channel) * height * width + place] = images[at]!;
  }
  return new ort.Tensor('float32', planes, [count, channels, height, width]);
}

/** How far what ONNX Runtime answers by a converted net is from what Keras answers, at most. */
export async function differenceFrom(expected: Expected, model: Uint8Array): Promise<number> {
  const session = await ort.InferenceSession.create(model, { logSeverityLevel: 3 });
  try {
    const image = asPlanes(imagesOf(expected), expected.shape);
    const { scores } = await session.run({ image });
    const bytes = Buffer.from(expected.output, 'base64');
    const wanted = new Float32Array(new Uint8Array(bytes).buffer);
    const given = scores?.data as Float32Array;
    if (given.length !== wanted.length) return Infinity;
    return given.reduce((most, value, at) => {
      const difference = Math.abs(value - wanted[at]!);
      return Number.isNaN(difference) ? Infinity : Math.max(most, difference);
    }, 0);
  } finally {
    await session.release();
  }
}
