import { describe, expect, it } from 'vitest';
import { servingSignature } from '../../src/runtime/saved-model.ts';
import { savedModel, type SavedSignatures } from '../support/saved-model.ts';

const image = { dtype: 1, shape: [-1, 28, 28, 1] };
const scores = { dtype: 1, shape: [-1, 10] };
const classify = { inputs: { image }, outputs: { scores } };
const served = (signatures: SavedSignatures, tags = ['serve']) =>
  servingSignature(savedModel({ tags, signatures }));

describe('the signature that a SavedModel is served by', () => {
  it('is serving_default, with types and shapes, its tensors in the order of their names', () => {
    const outputs = { scores, features: { dtype: 19, shape: [-1, 128] } };
    const other = { inputs: { raw: { dtype: 7, shape: [] } }, outputs: { scores } };
    expect(served({ other, serving_default: { inputs: { image }, outputs } })).toEqual({
      name: 'serving_default',
      tags: ['serve'],
      inputs: [{ name: 'image', type: 'float32', shape: ['N', 28, 28, 1] }],
      outputs: [
        { name: 'features', type: 'float16', shape: ['N', 128] },
        { name: 'scores', type: 'float32', shape: ['N', 10] },
      ],
    });
  });

  it('has open axes, a tensor of any rank and types that no image has by what they are', () => {
    const inputs = {
      any: { dtype: 4, shape: undefined },
      sides: { dtype: 21, shape: [1, -1, -1, 3] },
    };
    expect(served({ serving_default: { inputs, outputs: { scores } } }).inputs).toEqual([
      { name: 'any', type: 'uint8', shape: [] },
      { name: 'sides', type: 'type 21', shape: [1, '?', '?', 3] },
    ]);
  });

  it('is the only one where there is no serving_default, and not the one without outputs that initialises', () => {
    const init = { inputs: {}, outputs: {} };
    expect(served({ __saved_model_init_op: init, serve: classify })).toMatchObject({
      name: 'serve',
    });
  });

  it('is that of the graph for serving, with all of its tags', () => {
    const bytes = savedModel(
      {
        tags: ['train'],
        signatures: { serving_default: { inputs: { x: image }, outputs: { y: scores } } },
      },
      { tags: ['serve', 'gpu'], signatures: { serving_default: classify } },
    );
    expect(servingSignature(bytes)).toMatchObject({
      tags: ['serve', 'gpu'],
      inputs: [{ name: 'image' }],
    });
  });

  it.each([
    ['several signatures of other names', { a: classify, b: classify }, ['serve'], '"a" and "b"'],
    ['none', {}, ['serve'], 'has no signature'],
    [
      'none that is meant for serving',
      { serving_default: classify },
      ['train'],
      'has no signature',
    ],
  ] as const)('is refused by name where there are %s', (_what, signatures, tags, words) => {
    const refused = (): unknown => servingSignature(savedModel({ tags, signatures }));
    expect(refused).toThrow(expect.objectContaining({ code: 'GLIMPSE_MODEL_INVALID' }));
    expect(refused).toThrow(words);
    expect(refused).toThrow('serving_default');
  });
});

describe('bytes that are no SavedModel', () => {
  const whole = savedModel({ tags: ['serve'], signatures: { serving_default: classify } });
  it.each([
    ['nothing', new Uint8Array()],
    ['a text', Buffer.from('saved_model { schema_version: 1 }')],
    ['the beginning of one', whole.subarray(0, whole.length - 3)],
    ['a length beyond its end', Uint8Array.of(0x12, 0xff, 0xff, 0xff, 0xff, 0x0f)],
  ])('are refused: %s', (_what, bytes) => {
    expect(() => servingSignature(bytes)).toThrow('is no TensorFlow SavedModel');
  });
});
