import { describe, expect, it } from 'vitest';
import { classifyAnswer, predictAnswer } from '../../../src/http/dialects/tfserving/answers.ts';
import { readClassifyBody } from '../../../src/http/dialects/tfserving/classify-body.ts';
import {
  metadataDocument,
  statusDocument,
} from '../../../src/http/dialects/tfserving/documents.ts';
import { readPredictBody } from '../../../src/http/dialects/tfserving/predict-body.ts';
import { tinySignature } from '../../support/tiny-onnx.ts';

const b64 = { b64: 'AQID' };
const image = { kind: 'image', bytes: Buffer.from([1, 2, 3]) };
const tensor = (shape: number[], values: number[], input?: string) => ({
  kind: 'tensor',
  input,
  shape,
  values: Float32Array.from(values),
});

describe('a :predict body of TensorFlow Serving', () => {
  it.each([
    ['bare tensors', { instances: [[[0.5, -1]]] }, [tensor([1, 2], [0.5, -1])]],
    ['bare files', { instances: [b64, b64] }, [image, image]],
    ['named tensors', { instances: [{ x: [1] }] }, [tensor([1], [1], 'x')]],
    ['named files', { instances: [{ image_bytes: b64 }] }, [image]],
    [
      'a signature and more',
      { signature_name: 'serving_default', instances: [[1]], other: 1 },
      [tensor([1], [1])],
    ],
  ])('is read row by row: %s', (_name, body, instances) => {
    expect(readPredictBody(body, 8)).toEqual({ form: 'row', instances });
  });

  it.each([
    ['a tensor of all', { inputs: [[1], [2]] }, [tensor([1], [1]), tensor([1], [2])]],
    [
      'a named tensor',
      { inputs: { x: [[1], [2]] } },
      [tensor([1], [1], 'x'), tensor([1], [2], 'x')],
    ],
    ['one file', { inputs: b64 }, [image]],
    ['named files', { inputs: { image_bytes: [b64, b64] } }, [image, image]],
  ])('is read column by column: %s', (_name, body, instances) => {
    expect(readPredictBody(body, 8)).toEqual({ form: 'column', instances });
  });

  it.each([
    [[], 'it is no JSON object but array'],
    [{}, "Missing 'inputs' or 'instances' key"],
    [{ instances: [[1]], inputs: [[1]] }, "expecting only one of 'inputs' or 'instances'"],
    [{ instances: 7 }, "Expecting 'instances' to be an list/array"],
    [{ instances: [] }, "No values in 'instances' array"],
    [{ inputs: [] }, "No values in 'inputs'"],
    [{ instances: [[1], { x: [1] }] }, 'Expecting value/list but got object at item 1'],
    [{ instances: [{ x: [1] }, [1]] }, 'Expecting object but got list at item 1'],
    [{ instances: [{ x: [1], y: [2] }] }, 'It names 2 inputs (x,y)'],
    [{ instances: [7] }, 'Failed to process element: 0. JSON Value of type number'],
    [{ signature_name: 7, instances: [[1]] }, "'signature_name' key must be a string value"],
    [{ signature_name: 'mine', instances: [[1]] }, '"mine" not found in signature def'],
  ])('is refused as there: %j', (body, sentence) => {
    expect(() => readPredictBody(body, 8)).toThrow(sentence);
  });

  it.each([
    [[1, 'a'], 'its value at [1] is no number but string'],
    [[[1, 2], [3]], 'at [1] it holds a list of 1, where the first list has 2'],
    [[[1, 2], 3], 'at [1] it holds number'],
    [[[[[[[[[[1]]]]]]]]], 'deeper than 8'],
  ])('names what is no tensor in its place: %j', (value, sentence) => {
    const { instances } = readPredictBody({ instances: [[1], value] }, 8);
    expect(instances[0]).toMatchObject({ kind: 'tensor' });
    expect(instances[1]).toMatchObject({
      kind: 'failed',
      error: { message: expect.stringContaining(sentence) },
    });
  });
});

describe('a :classify body of TensorFlow Serving', () => {
  it.each([
    ['a file', { examples: [{ image: b64 }] }, [image]],
    ['a list of one file', { examples: [{ image: [b64] }] }, [image]],
    [
      'numbers',
      { examples: [{ x: [1, 2] }, { x: [3, 4] }] },
      [tensor([2], [1, 2], 'x'), tensor([2], [3, 4], 'x')],
    ],
    ['a file for all', { context: { image: b64 }, examples: [{}, {}] }, [image, image]],
  ])('holds an image for each example: %s', (_name, body, instances) => {
    expect(readClassifyBody(body, 8)).toEqual(instances);
  });

  it.each([
    [{}, "key 'examples' is expected and was not found"],
    [{ examples: {} }, "Expecting 'examples' value to be an list/array"],
    [{ examples: [] }, "'examples' value is an empty array"],
    [{ examples: [7] }, 'Example must be JSON object but got JSON number'],
    [{ examples: [{}] }, 'Example 0 has 0 features'],
    [{ examples: [{ x: ['text'] }] }, 'is neither a list of numbers nor'],
    [{ context: { x: [1] }, examples: [{ x: [1] }] }, 'stands in the context as well'],
  ])('is refused: %j', (body, sentence) => {
    expect(() => readClassifyBody(body, 8)).toThrow(sentence);
  });
});

describe('answers of TensorFlow Serving', () => {
  it('have the form of the question, and a point in every number', () => {
    const rows = [Float32Array.from([0.5, 1]), [0.25, 0]];
    expect(predictAnswer('row', rows)).toBe('{"predictions":[[0.5,1.0],[0.25,0.0]]}');
    expect(predictAnswer('column', rows)).toBe('{"outputs":[[0.5,1.0],[0.25,0.0]]}');
    expect(classifyAnswer(['a"', '7'], [[0.5, 1e-7]])).toBe(
      '{"results":[[["a\\"",0.5],["7",1e-7]]]}',
    );
  });

  it('tell the state of every version in its words, the newest first', () => {
    const document = statusDocument('digits', [
      { version: 1, state: 'UNAVAILABLE', reason: { message: 'no.' } },
      { version: 3, state: 'READY' },
    ]);
    expect(JSON.stringify(document)).toBe(
      '{"model_version_status":[{"version":"3","state":"AVAILABLE","status":{"error_code":"OK","error_message":""}},{"version":"1","state":"END","status":{"error_code":"UNKNOWN","error_message":"no."}}],"name":"digits","ready":true}',
    );
  });

  it('describe the tensors of a version, sizes as text', () => {
    const document = metadataDocument('digits', 3, tinySignature);
    expect(document.model_spec).toEqual({ name: 'digits', signature_name: '', version: '3' });
    const { serving_default: tensorOnly } = document.metadata.signature_def.signature_def;
    expect(JSON.stringify(tensorOnly)).toBe(
      '{"inputs":{"image":{"dtype":"DT_FLOAT","tensor_shape":{"dim":[{"size":"-1","name":""},{"size":"1","name":""},{"size":"2","name":""},{"size":"2","name":""}],"unknown_rank":false},"name":"image:0"}},"outputs":{"scores":{"dtype":"DT_FLOAT","tensor_shape":{"dim":[{"size":"-1","name":""},{"size":"3","name":""}],"unknown_rank":false},"name":"logits:0"}},"method_name":"tensorflow/serving/predict"}',
    );
  });
});
