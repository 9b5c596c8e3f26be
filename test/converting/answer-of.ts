import ort from 'onnxruntime-node';
import { buildTensorflow } from '../../src/converting/build-graph.ts';
import { readFrozenGraph } from '../../src/converting/read-graph.ts';
import { asPlanes } from './agreement.ts';
import { frozen, ints, placeholder, text, type NodeDef } from './graph-file.ts';

export const maxBytes = 1e6;

interface Answer {
  readonly dims: readonly number[];
  readonly values: number[];
}

/** What a graph makes of an image [1, height, width, channels] of these values. */
export async function answerOf(
  nodes: readonly NodeDef[],
  shape: readonly number[],
  values: readonly number[],
): Promise<Answer> {
  const bytes = frozen([placeholder('x', [-1, ...shape.slice(1)]), ...nodes]);
  const { model } = buildTensorflow(readFrozenGraph(bytes), maxBytes);
  const session = await ort.InferenceSession.create(model, { logSeverityLevel: 3 });
  const { scores } = await session.run({ image: asPlanes(Float32Array.from(values), shape) });
  await session.release();
  const data = Array.from(scores!.data as Float32Array, (value) => Number(value.toFixed(4)) + 0);
  return { dims: scores!.dims, values: data };
}

/** Attributes of a window that walks over an image. */
export const walking = (padding: string, stride = 1): Record<string, object> => ({
  strides: ints(1, stride, stride, 1),
  padding: text(padding),
});
export const row = [1, 1, 4, 1];
export const steps = [1, 2, 4, 8];
