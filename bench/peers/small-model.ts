import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createGraph, symbolicBatch } from '../../src/neural/graph.ts';
import { serializeGraph } from '../../src/neural/serialize.ts';
import { pixelsOf } from './questions.ts';

const pixels = 28 * 28;
const hidden = 128;
const classes = 10;

/**
 * Writes a dense net of 784, 128 and 10 units, as the one this project began with: so small that what is measured is
 * the server. Nobody has to train it: its first units compare an image with the ten digits of the samples, and the others
 * only cost what they would.
 */
export async function writeSmallModel(folder: string): Promise<string> {
  const compare = new Float32Array(pixels * hidden).fill(1e-4);
  for (let label = 0; label < classes; label += 1) {
    const values = (await pixelsOf(label)).map((value) => value / 255);
    const length = Math.hypot(...values);
    for (const [at, value] of values.entries()) compare[at * hidden + label] = value / length;
  }
  const choose = new Float32Array(hidden * classes);
  for (let label = 0; label < classes; label += 1) choose[label * classes + label] = 1;

  const graph = createGraph();
  const image = graph.input('image', [symbolicBatch, 1, 28, 28]);
  const flat = graph.node(
    'Reshape',
    [image, graph.integers([-1, pixels])],
    [symbolicBatch, pixels],
  );
  const layer = (input: typeof flat, weights: Float32Array, from: number, to: number) => {
    const product = graph.node(
      'MatMul',
      [input, graph.constant(weights, [from, to])],
      [symbolicBatch, to],
    );
    const bias = graph.constant(new Float32Array(to), [to]);
    return graph.node('Add', [product, bias], [symbolicBatch, to]);
  };
  const wide = graph.node('Relu', [layer(flat, compare, pixels, hidden)], [symbolicBatch, hidden]);
  graph.output('logits', layer(wide, choose, hidden, classes));
  const file = join(folder, 'small.onnx');
  await writeFile(file, serializeGraph(graph, 'small'));
  return file;
}
