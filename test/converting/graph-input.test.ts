import ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { buildTensorflow } from '../../src/converting/build-graph.ts';
import type { SaidImage } from '../../src/converting/input-image.ts';
import { readFrozenGraph } from '../../src/converting/read-graph.ts';
import { maxBytes } from './answer-of.ts';
import {
  floats,
  frozen,
  ints,
  node,
  placeholder,
  text,
  whole,
  type NodeDef,
} from './graph-file.ts';

/** The lengths that the input of a graph has behind its batch, where something is said of it. */
async function inputOf(nodes: readonly NodeDef[], said: SaidImage): Promise<unknown> {
  const { model } = buildTensorflow(readFrozenGraph(frozen(nodes)), maxBytes, said);
  const session = await ort.InferenceSession.create(model, { logSeverityLevel: 3 });
  const [input] = session.inputMetadata;
  await session.release();
  return input?.isTensor ? input.shape.slice(1) : input;
}

describe('the input of a graph', () => {
  const pooled = [whole('axes', [1, 2]), node('Mean', ['x', 'axes'])];
  const open = [placeholder('x', [-1, -1, -1, -1]), ...pooled];
  const unsaid: NodeDef = { name: 'x', op: 'Placeholder', attr: { dtype: { type: 'DT_FLOAT' } } };

  it('is as its shape is said where the graph leaves it open, in part or altogether', async () => {
    for (const shape of [
      [5, 4, 3],
      [undefined, 5, 4, 3],
      [1, 5, 4, 3],
    ]) {
      expect(await inputOf(open, { shape })).toEqual([3, 5, 4]);
      expect(await inputOf([unsaid, ...pooled], { shape })).toEqual([3, 5, 4]);
    }
    const partly = [placeholder('x', [-1, 5, -1, 3]), ...pooled];
    expect(await inputOf(partly, { shape: [undefined, 4, undefined] })).toEqual([3, 5, 4]);
    expect(await inputOf([unsaid, node('Relu', ['x'])], { shape: [784] })).toEqual([784]);
  });

  it('is refused where what is said does not fit it, or nothing is said', async () => {
    const partly = [placeholder('x', [-1, 5, -1, 3]), ...pooled];
    await expect(inputOf(partly, { shape: [6, 4, 3] })).rejects.toThrow(
      /\[5, \?, 3\], which the shape \[6, 4, 3\] that is said of it does not fit/,
    );
    await expect(inputOf([unsaid, ...pooled], {})).rejects.toThrow(/say it \(224,224,3\)/);
    await expect(inputOf(open, { width: 4, height: 5 })).rejects.toThrow(/or its whole shape/);
  });

  it('has its channels first where the graph counts them so, or it is said', async () => {
    const kernel = floats('k', [1, 1, 3, 1], [1, 1, 1]);
    const attr = { data_format: text('NCHW'), strides: ints(1, 1, 1, 1), padding: text('VALID') };
    const net = [placeholder('x', [-1, 3, 5, -1]), kernel, node('Conv2D', ['x', 'k'], attr)];
    expect(await inputOf(net, { width: 4, height: 5 })).toEqual([3, 5, 4]);
    const back = [
      placeholder('x', [-1, 3, 5, 4]),
      whole('order', [0, 2, 3, 1]),
      node('Transpose', ['x', 'order']),
    ];
    expect(await inputOf(back, {})).toEqual([3, 5, 4]);
    expect(await inputOf([placeholder('x', [-1, 4, 5, 6]), ...back.slice(1)], {})).toEqual([
      4, 5, 6,
    ]);
    const plain = [placeholder('x', [-1, 3, 5, 4]), node('Relu', ['x'])];
    expect(await inputOf(plain, {})).toEqual([4, 3, 5]);
    expect(await inputOf(plain, { layout: 'NCHW' })).toEqual([3, 5, 4]);
  });
});
