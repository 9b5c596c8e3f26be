import { describe, expect, it } from 'vitest';
import { outputOperator } from '../../src/runtime/output-operator.ts';
import { tinyModel, type TinyOptions } from '../support/tiny-onnx.ts';

describe('the operator that makes an output', () => {
  const cases: [string | undefined, TinyOptions][] = [
    ['Add', {}],
    ['Softmax', { head: 'softmax' }],
    ['Softmax', { head: 'int8' }],
    ['Sigmoid', { head: 'sigmoid', outputType: 'float16' }],
    ['Div', { head: 'eight bits' }],
  ];
  it.each(cases)('is %s, whatever type its values are given in: %j', (operator, options) => {
    expect(outputOperator(tinyModel(options), 'logits')).toBe(operator);
  });

  it('is none for a value that no node makes', () => {
    expect(outputOperator(tinyModel(), 'image')).toBeUndefined();
    expect(outputOperator(tinyModel(), 'other')).toBeUndefined();
  });

  it('refuses what is no ONNX file with GLIMPSE_MODEL_INVALID', () => {
    expect(() => outputOperator(Buffer.from('not a model'), 'logits')).toThrow(
      expect.objectContaining({ code: 'GLIMPSE_MODEL_INVALID' }),
    );
    // A graph that is a number instead of a message.
    expect(() => outputOperator(Uint8Array.of(7 << 3, 1), 'logits')).toThrow('not an ONNX file');
  });
});
