import { describe, expect, it } from 'vitest';
import { symbolicBatch } from '../../src/neural/graph.ts';
import { inputHint } from '../../src/publishing/graph-hints.ts';
import {
  filledShape,
  inputForm,
  searchedForm,
  type SaidInput,
} from '../../src/publishing/input-form.ts';
import { readGraph } from '../../src/runtime/onnx-file/read-graph.ts';
import { graphOf } from '../support/foreign-onnx.ts';

const port = (shape: (number | string)[], said: SaidInput = {}) => ({
  name: 'x',
  type: 'float32',
  shape,
  said,
});
const open = ['N', 'a', 'b', 'c'];
const form = (layout: string, channels: number, height?: number, width?: number) => ({
  layout,
  channels,
  height,
  width,
});

describe('the images a graph takes', () => {
  it.each([
    [port(['N', 28, 28]), form('NHW', 1, 28, 28)],
    [port(['N', 28, 28, 1]), form('NHWC', 1, 28, 28)],
    [port(['N', 3, 'h', 'w']), form('NCHW', 3)],
    [port(['N', 'h', 'w', 3]), form('NHWC', 3)],
    [port(['N', 3, 'h', 'w'], { shape: '3,20,30' }), form('NCHW', 3, 20, 30)],
    [port(['N', 3, 'h', 'w'], { shape: '1x3x20x30' }), form('NCHW', 3, 20, 30)],
    [port(open, { shape: 'N,20,30,3' }), form('NHWC', 3, 20, 30)],
    [port([], { shape: '3,20,30' }), form('NCHW', 3, 20, 30)],
    [port([], { shape: 'N,20,30' }), form('NHW', 1, 20, 30)],
    [port([], { shape: 'N,3,?,?', width: 30, height: 20 }), form('NCHW', 3, 20, 30)],
    [port(['N', 784]), form('NC', 1, 28, 28)],
    [port(['N', 600], { width: 30, height: 20 }), form('NC', 1, 20, 30)],
    [port(['N', 'k'], { shape: '784' }), form('NC', 1, 28, 28)],
    [port(['N', 3, 64, 3], { layout: 'NHWC' }), form('NHWC', 3, 3, 64)],
    [port(['N', 'a', 64, 64], { shape: '1,64,64' }), form('NCHW', 1, 64, 64)],
  ])('are read from its axes and what is said of them: %j', (input, found) => {
    expect(inputForm(input, {})).toEqual(found);
  });

  it.each([
    [
      port(open),
      /leaves open which of its axes are channels, height and width: say it with --shape/,
    ],
    [port(['N', 3, 64, 3]), /--layout NCHW\|NHWC/],
    [port([]), /of no known shape/],
    [port(['N', 5, 64, 64]), /taken are \[N, C, H, W\]/],
    [port(['N', 3, 8, 8, 8]), /taken are/],
    [
      port(['N', 3, 20, 30], { shape: '1,20,30' }),
      /--shape 1,20,30 does not fit .* \[N, 3, 20, 30\]/,
    ],
    [port(['N', 3, 20, 30], { shape: '20,30' }), /does not fit/],
    [port(open, { shape: '3;20' }), /lengths of the axes/],
  ])('are asked for, or refused: %j', (input, reason) => {
    expect(() => inputForm(input, {})).toThrow(reason);
  });

  it('keeps the axis of the batch as the graph has it', () => {
    expect(filledShape(port([1, 'c', 'h', 'w'], { shape: '8,3,20,30' }))).toEqual([1, 3, 20, 30]);
  });

  it('are told by the first convolution where every axis is open', () => {
    const first = readGraph(
      graphOf([3, 4, 4], (graph, image) => {
        const scaled = graph.node('Mul', [image, graph.constant(2)], image.shape);
        const weights = graph.constant(new Float32Array(5 * 3), [5, 3, 1, 1]);
        return { y: graph.node('Conv', [scaled, weights], [symbolicBatch, 5, 4, 4]) };
      }),
    );
    const last = readGraph(
      graphOf([4, 4, 1], (graph, image) => {
        const attributes = { perm: { ints: [0, 3, 1, 2] } };
        const planes = graph.node('Transpose', [image], [-1, 1, 4, 4], { attributes });
        const weights = graph.constant(new Float32Array(5), [5, 1, 1, 1]);
        return { y: graph.node('Conv', [planes, weights], [symbolicBatch, 5, 4, 4]) };
      }),
    );
    expect(inputHint(first)).toEqual({ layout: 'NCHW', channels: 3 });
    expect(inputHint(last)).toEqual({ layout: 'NHWC', channels: 1 });
    expect(inputForm({ ...port(open), hint: inputHint(first) }, {})).toEqual(form('NCHW', 3));
    expect(inputForm({ ...port(open), hint: inputHint(last) }, {})).toEqual(form('NHWC', 1));
  });
});

describe('an input of four channels', () => {
  const hint = { layout: 'NCHW', channels: 4 } as const;
  it.each([
    ['where the layout is said', { shape: ['N', 4, 28, 28], said: { layout: 'NCHW' } }],
    ['where the graph hints at it', { shape: ['N', 4, 28, 28], hint }],
    ['where only the graph knows them', { shape: ['N', '?', '?', '?'], hint }],
    ['with the channels last', { shape: ['N', 28, 28, 4], said: { layout: 'NHWC' } }],
    ['with sides that tell', { shape: ['N', 4, 28, 28] }],
  ] as const)('is taken for alpha only where that is said: %s', (_, input) => {
    const port = { name: 'image', type: 'float32', ...input };
    for (const wish of [{}, { channels: 3 }, { channels: 4 }, { colourSpace: 'bgr' }] as const) {
      expect(() => inputForm(port, wish)).toThrow(/takes images of 4 channels.*"rgba"/);
    }
    expect(inputForm(port, { colourSpace: 'rgba' })).toMatchObject({ channels: 4 });
  });

  it('is no channel axis where one of 1 or 3 is beside it', () => {
    const port = { name: 'image', type: 'float32', shape: ['N', 4, 4, 3] };
    expect(inputForm(port, {})).toMatchObject({ layout: 'NHWC', channels: 3, width: 4 });
  });

  it('is refused by a search for its contract', () => {
    const port = { name: 'image', type: 'float32', shape: ['N', 4, 28, 28] };
    expect(() => searchedForm(port, { colourSpace: 'rgba' })).toThrow(/not searched for/);
  });
});
