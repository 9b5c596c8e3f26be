import { describe, expect, it } from 'vitest';
import { resolveArchitecture } from '../../src/neural/architectures.ts';

const mnist = { inputShape: [1, 28, 28], classes: 10 };
const flatten = { type: 'flatten' };
const head = { type: 'dense' };

const mistakes: [claim: string, architecture: unknown, message: RegExp][] = [
  ['an unknown preset', 'densest', /no "densest"; there are dense/],
  ['nothing at all', undefined, /neither a preset nor/],
  ['null', null, /neither a preset nor/],
  ['layers that are no list', { layers: 'dense' }, /neither a preset nor/],
  ['no layers', { layers: [] }, /there is no layer/],
  [
    'too many layers',
    { layers: Array.from({ length: 101 }, () => flatten) },
    /more than 100 layers/,
  ],
  ['a layer without a type', { layers: [{}] }, /at layer 1: its "type" must be one of .*dense/],
  ['a layer that is null', { layers: [null] }, /at layer 1: its "type"/],
  ['a layer of Object.prototype', { layers: [{ type: 'toString' }] }, /at layer 1: its "type"/],
  [
    'an unknown field',
    { layers: [flatten, { ...head, unit: 3 }] },
    /layer 2 \(dense\): it has no field called "unit"/,
  ],
  [
    'an unknown activation',
    { layers: [flatten, { ...head, activation: 'softmax' }] },
    /layer 2 \(dense\): "activation" must be one of linear, relu/,
  ],
  [
    'a fraction of a unit',
    { layers: [flatten, { ...head, units: 1.5 }] },
    /layer 2 \(dense\): "units" must be integer/,
  ],
  [
    'a dropout without a rate',
    { layers: [flatten, { type: 'dropout' }, head] },
    /layer 2 \(dropout\): "rate" is missing/,
  ],
  [
    'a dropout of everything',
    { layers: [flatten, { type: 'dropout', rate: 1 }, head] },
    /layer 2 \(dropout\): "rate" must be < 1/,
  ],
  [
    'a dense layer on an image',
    { layers: [head] },
    /layer 1 \(dense\): it takes a flat input but gets 1x28x28; put a "flatten" layer before it/,
  ],
  [
    'a hidden dense layer without units',
    { layers: [flatten, head, head] },
    /layer 2 \(dense\): "units" is missing/,
  ],
  [
    'no dense layer at the end',
    { layers: [flatten] },
    /layer 1 \(flatten\): the last layer must be/,
  ],
  [
    'a last layer of another width',
    { layers: [flatten, { ...head, units: 9 }] },
    /layer 2 \(dense\): it has 9 units, but there are 10 classes/,
  ],
  [
    'an activation on the last layer',
    { layers: [flatten, { ...head, activation: 'relu' }] },
    /layer 2 \(dense\): the last layer must have no activation/,
  ],
  [
    'more parameters than the limit',
    { layers: [flatten, { ...head, units: 65_536 }, head] },
    /parameters are more than 20000000/,
  ],
];

describe('resolveArchitecture refuses', () => {
  it.each(mistakes)('%s', (_, architecture, message) => {
    const attempt = () => resolveArchitecture(architecture, mnist);
    expect(attempt).toThrow(message);
    expect(attempt).toThrow(expect.objectContaining({ code: 'GLIMPSE_ARCHITECTURE_INVALID' }));
  });
});
