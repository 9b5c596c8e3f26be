import { describe, expect, it } from 'vitest';
import { tensorOf, type OnnxModel, type OnnxNode } from '../../../src/neural/onnx-model.ts';
import { cutAt, findFeatures } from '../../../src/neural/transfer/find-features.ts';

/** A model of nodes in words: "out = Op(in, in)". Values called w... are stored in it. */
function modelOf(...lines: readonly string[]): OnnxModel {
  const node = lines.map((line): OnnxNode => {
    const [, output = '', opType = '', inputs = ''] = /^(\w+) = (\w+)\((.*)\)$/.exec(line)!;
    return { opType, input: inputs.split(', '), output: [output], attribute: [] };
  });
  const stored = new Set(node.flatMap(({ input }) => input.filter((name) => /^w\d?$/.test(name))));
  const initializer = [...stored].map((name) => tensorOf(name, new Float32Array(4), [2, 2]));
  const input = [{ name: 'image' }, ...initializer.map(({ name }) => ({ name }))];
  const graph = { node, initializer, input, output: [{ name: 'out' }] };
  return { opsetImport: [{ version: 17 }], graph, functions: [] };
}

describe('the features of a graph', () => {
  it.each([
    ['a dense layer', ['x = Flatten(image)', 'out = Gemm(x, w, w1)']],
    ['one of two operators', ['x = Relu(image)', 'y = MatMul(x, w)', 'out = Add(w1, y)']],
    ['one without a bias', ['x = Relu(image)', 'out = MatMul(x, w)']],
    ['one before its scores', ['x = Relu(image)', 'y = Gemm(x, w)', 'out = Softmax(y)']],
    ['the last of two', ['y = Gemm(image, w)', 'x = Relu(y)', 'out = Gemm(x, w1)']],
    [
      'one whose weights are kept in other numbers',
      ['x = Relu(image)', 'v = Cast(w)', 'out = MatMul(x, v)'],
    ],
    [
      'a convolution of what was pooled',
      ['x = GlobalAveragePool(image)', 'y = Conv(x, w)', 'z = Squeeze(y)', 'out = Softmax(z)'],
    ],
  ])('are what goes into %s', (_, lines) => {
    expect(findFeatures(modelOf(...lines), 'out')).toEqual({ name: 'x' });
  });

  it('are what it ends with where that is pooled and nothing is made of it', () => {
    const model = modelOf('x = Conv(image, w)', 'y = GlobalAveragePool(x)', 'out = Flatten(y)');
    expect(findFeatures(model, 'out')).toEqual({ name: 'out' });
  });

  it.each([
    ['scores are pooled', ['x = Conv(image, w)', 'y = GlobalAveragePool(x)', 'out = Softmax(y)']],
    ['it ends with planes', ['x = Conv(image, w)', 'out = Relu(x)']],
    ['two things are multiplied that it computes', ['x = Relu(image)', 'out = MatMul(x, image)']],
    ['something else is added', ['x = Relu(image)', 'y = Relu(x)', 'out = Add(x, y)']],
    ['it computes nothing', ['x = Relu(image)']],
  ])('are not guessed where %s', (_, lines) => {
    expect(findFeatures(modelOf(...lines), 'out')).toHaveProperty('fault');
  });

  it('leave out what only the classes need', () => {
    const model = modelOf('y = Gemm(image, w)', 'x = Relu(y)', 'out = Gemm(x, w1)');
    const { graph } = cutAt(model, 'x');
    expect(graph.node.map(({ opType }) => opType)).toEqual(['Gemm', 'Relu']);
    expect(graph.initializer.map(({ name }) => name)).toEqual(['w']);
    expect(graph.input).toEqual([{ name: 'image' }]);
  });
});
