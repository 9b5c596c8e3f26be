import { readFileSync } from 'node:fs';
import { encodePng } from '../../../src/image/encode-png.ts';
import { createGraph, symbolicBatch } from '../../../src/neural/graph.ts';
import { serializeGraph } from '../../../src/neural/serialize.ts';
import { npy } from '../../support/npy.ts';
import { writeInto } from '../../support/temporary-folder.ts';

/** References of a net for images of 14 x 14, as trainers' libraries prepare them. */
export const side = 14;
const sizes = [
  [40, 30],
  [30, 44],
  [37, 37],
] as const;

/** Made by scripts/parity/record_pipelines.py, which says how: for each pipeline its pixels of every image, in base64. */
const recorded: Readonly<Record<string, readonly string[]>> = JSON.parse(
  readFileSync(new URL('recorded.json', import.meta.url), 'utf8'),
);

/** What a pipeline gave for the images, in the order of rows, columns and RGB. */
export function levelsOf(pipeline: string): Float32Array[] {
  return recorded[pipeline]!.map((text) => {
    const bytes = Uint8Array.from(Buffer.from(text, 'base64'));
    const isFloat = bytes.length > side * side * 3;
    return isFloat ? new Float32Array(bytes.buffer) : Float32Array.from(bytes);
  });
}

/** The images, with the pixels that the script has, too. */
export function images(): Promise<Buffer[]> {
  return Promise.all(
    sizes.map(([width, height]) => {
      let state = 1 + width * height * 3;
      const data = Uint8Array.from({ length: width * height * 3 }, () => {
        state = (state * 48271) % 2147483647;
        return state >> 23;
      });
      return encodePng(data, { width, height, channels: 3 });
    }),
  );
}

/** Values with the channels first. */
export function channelsFirst(values: ArrayLike<number>): Float32Array {
  const plane = side * side;
  return Float32Array.from(values, (_, at) => values[(at % plane) * 3 + Math.floor(at / plane)]!);
}

export type Normalise = (level: number, channel: number) => number;

/** A folder with the images and the tensors of a pipeline beside them. */
export async function writeTensors(
  folder: string,
  pipeline: string,
  normalise: Normalise,
  { isPlanar = false, hasBatch = false, isReversed = false } = {},
): Promise<string> {
  const encoded = await images();
  for (const [at, levels] of levelsOf(pipeline).entries()) {
    const values = levels.map((_, place) => {
      const channel = place % 3;
      const from = isReversed ? place - channel + 2 - channel : place;
      return normalise(levels[from]!, channel);
    });
    const data = isPlanar ? channelsFirst(values) : values;
    const axes = isPlanar ? [3, side, side] : [side, side, 3];
    const shape = hasBatch ? [1, ...axes] : axes;
    await writeInto(folder, `${at}.png`, encoded[at]!);
    await writeInto(
      folder,
      `${at}.npy`,
      npy({ descr: '<f4', shape, data: new Uint8Array(data.buffer) }),
    );
  }
  return folder;
}

const weight = (pixel: number, unit: number): number => Math.sin(pixel * 0.7 + unit * 2) / 4;

/** The logits of the model for one example, channels first. */
export function logitsOf(example: ArrayLike<number>): number[] {
  return [0, 1, 2].map((unit) =>
    Array.from(example).reduce((sum, value, pixel) => sum + value * weight(pixel, unit), 0),
  );
}

/** A net of one layer with three classes, channels first. */
export function linearModel(): Uint8Array {
  const graph = createGraph();
  const pixels = side * side * 3;
  const image = graph.input('image', [symbolicBatch, 3, side, side]);
  const flat = graph.node(
    'Reshape',
    [image, graph.integers([-1, pixels])],
    [symbolicBatch, pixels],
  );
  const weights = Float32Array.from({ length: pixels * 3 }, (_, at) =>
    weight(Math.floor(at / 3), at % 3),
  );
  const matrix = graph.constant(weights, [pixels, 3]);
  graph.output('logits', graph.node('MatMul', [flat, matrix], [symbolicBatch, 3]));
  return serializeGraph(graph, 'linear');
}
