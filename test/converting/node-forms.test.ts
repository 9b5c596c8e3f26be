import ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { buildTensorflow } from '../../src/converting/build-graph.ts';
import { readFrozenGraph } from '../../src/converting/read-graph.ts';
import { answerOf, maxBytes, row, steps, walking } from './answer-of.ts';
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

/** What a graph makes of an image of two channels that lies as it counts its axes, with the channels first. */
async function answerInPlanes(nodes: readonly NodeDef[], values: readonly number[]) {
  const bytes = frozen([placeholder('x', [-1, 2, 1, 4]), ...nodes]);
  const said = { layout: 'NCHW' } as const;
  const { model } = buildTensorflow(readFrozenGraph(bytes), maxBytes, said);
  const session = await ort.InferenceSession.create(model, { logSeverityLevel: 3 });
  const taken = new ort.Tensor('float32', Float32Array.from(values), [1, 2, 1, 4]);
  const { scores } = await session.run({ image: taken });
  await session.release();
  return { dims: scores!.dims, values: Array.from(scores!.data as Float32Array) };
}

describe('images of TensorFlow with their channels first', () => {
  const first = { data_format: text('NCHW') };
  const planes = [1, 2, 3, 4, 10, 20, 30, 40];

  it('are convolved, biased and pooled along the axes that the nodes count', async () => {
    const nodes = [
      floats('k', [1, 2, 2, 2], [1, 0, 0, 1, 1, 0, 0, 2]),
      floats('b', [2], [100, 200]),
      node('Conv2D', ['x', 'k'], {
        ...first,
        strides: ints(1, 1, 1, 2),
        explicit_paddings: ints(0, 0, 0, 0, 0, 0, 1, 0),
        padding: text('EXPLICIT'),
      }),
      node('BiasAdd', ['conv2d', 'b'], first),
      node('MaxPool', ['biasadd'], {
        ...first,
        ksize: ints(1, 1, 1, 2),
        strides: ints(1, 1, 1, 1),
        padding: text('VALID'),
      }),
    ];
    const { dims, values } = await answerInPlanes(nodes, planes);
    expect(dims).toEqual([1, 2, 1, 1]);
    expect(values).toEqual([105, 280]);
  });

  it('are normalised for each channel, and nothing is transposed for it', async () => {
    const norms = ['g', 'o', 'm', 'v'].map((name, at) =>
      floats(
        name,
        [2],
        [
          [2, 3],
          [1, 0],
          [1, 10],
          [1, 1],
        ][at]!,
      ),
    );
    const attr = { ...first, is_training: { b: false }, epsilon: { f: 0 } };
    const nodes = [...norms, node('FusedBatchNormV3', ['x', 'g', 'o', 'm', 'v'], attr)];
    expect((await answerInPlanes(nodes, planes)).values).toEqual([1, 3, 5, 7, 0, 30, 60, 90]);
    const bytes = frozen([placeholder('x', [-1, 3, 2, 4]), node('Relu', ['x'])]);
    const said = { layout: 'NCHW' } as const;
    const { model } = buildTensorflow(readFrozenGraph(bytes), maxBytes, said);
    expect(Buffer.from(model).includes('Transpose')).toBe(false);
  });
});

/** The pixels of images put back, and nothing cut off. */
const together = (of: string): NodeDef[] => [
  whole('none', [0, 0, 0, 0]),
  node('Reshape', ['none', 'pairs'], {}, 'cut'),
  node('BatchToSpaceND', [of, 'block', 'cut'], {}, 'together'),
];

describe('convolutions between SpaceToBatchND and BatchToSpaceND', () => {
  const apart = [whole('block', [1, 2]), whole('list', [0, 0, 0, 2]), whole('pairs', [2, 2])];
  const edges = node('Reshape', ['list', 'pairs'], {}, 'edges');
  const before = [...apart, edges, node('SpaceToBatchND', ['x', 'block', 'edges'], {}, 'apart')];
  const kernel = floats('k', [1, 2, 1, 1], [1, 10]);
  const conv = node('Conv2D', ['apart', 'k'], walking('VALID'), 'conv');
  it('take steps over the image as it is', async () => {
    const nodes = [...before, kernel, conv, node('Relu', ['conv']), ...together('relu')];
    expect((await answerOf(nodes, row, steps)).values).toEqual([41, 82, 4, 8]);
  });

  it('are refused where something between asks which pixels lie together', async () => {
    const pooled = node('MaxPool', ['apart'], { ...walking('VALID'), ksize: ints(1, 1, 2, 1) });
    await expect(answerOf([...before, pooled, ...together('maxpool')], row, steps)).rejects.toThrow(
      /SpaceToBatchND has taken apart/,
    );
    await expect(answerOf([...before, kernel, conv], row, steps)).rejects.toThrow(/taken apart/);
    const same = node('Identity', ['x'], {}, 'same');
    await expect(answerOf([...before, same, ...together('same')], row, steps)).rejects.toThrow(
      /no SpaceToBatchND has taken apart so/,
    );
  });
});

const by = (equation: string) => ({ equation: text(equation) });

describe('Einsum of TensorFlow', () => {
  const matrix = floats('m', [2, 3], [1, 2, 3, 4, 5, 6]);

  it('sums over the letters that are left out, with constants and with another value', async () => {
    const dense = [matrix, node('Einsum', ['x', 'm'], by('...x,xy->...y'))];
    expect(await answerOf(dense, [1, 1, 2, 2], [1, 0, 1, 1])).toEqual({
      dims: [1, 1, 2, 3],
      values: [1, 2, 3, 5, 7, 9],
    });
    const products = [node('Einsum', ['x', 'x'], by('bhwc,bhvc->bhwv'))];
    expect((await answerOf(products, [1, 1, 2, 2], [1, 2, 3, 4])).values).toEqual([5, 11, 11, 25]);
  });

  it.each([
    ['bhwc->bhw,c', 'has the equation'],
    ['bhhc,cd->bhd', 'has the equation'],
    ['bhwc,hd->bcd', 'axes of 1 and 2 in one letter'],
    ['bhwc,cd->hwd', 'sums over the images'],
    ['bhwc,cd->dbhw', 'sums over the images'],
  ])('is refused by %s', async (equation, reason) => {
    const nodes = [matrix, node('Einsum', ['x', 'm'], by(equation))];
    await expect(answerOf(nodes, [1, 1, 2, 2], [1, 0, 1, 1])).rejects.toThrow(reason);
  });
});
