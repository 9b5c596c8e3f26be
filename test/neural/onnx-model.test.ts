import { describe, expect, it } from 'vitest';
import { dataTypes } from '../../src/neural/onnx-schema.ts';
import {
  decodeModel,
  encodeModel,
  floatsOf,
  integersOf,
  tensorOf,
  withDataInside,
} from '../../src/neural/onnx-model.ts';
import { withExternalData } from '../support/external-onnx.ts';
import { tinyModel } from '../support/tiny-onnx.ts';

describe('an ONNX file that is read and written again', () => {
  it('has the same bytes when nothing was changed', () => {
    const bytes = tinyModel({ head: 'int8', inputType: 'uint8' });
    expect(Buffer.from(encodeModel(decodeModel(bytes)))).toEqual(Buffer.from(bytes));
  });

  it('has the weights inside that lay beside it', async () => {
    const plain = decodeModel(tinyModel());
    const { graph, data } = withExternalData(tinyModel(), 'weights.bin');
    const read = (location: string) =>
      location === 'weights.bin' ? Promise.resolve(data) : Promise.reject(new Error(location));
    const whole = await withDataInside(decodeModel(graph), read);
    expect(whole.graph.initializer.map(floatsOf)).toEqual(plain.graph.initializer.map(floatsOf));
    const cut = withDataInside(decodeModel(graph), () => Promise.resolve(data.subarray(0, 4)));
    await expect(cut).rejects.toMatchObject({ code: 'GLIMPSE_MODEL_INVALID' });
  });

  it('is refused when it is none, or holds no graph', () => {
    for (const bytes of [Buffer.from('garbage'), Buffer.alloc(0)]) {
      expect(() => decodeModel(bytes)).toThrow(
        expect.objectContaining({ code: 'GLIMPSE_MODEL_INVALID' }),
      );
    }
  });
});

describe('the numbers of a tensor', () => {
  it('are the same however they are stored', () => {
    const floats = Float32Array.of(1.5, -2);
    expect(floatsOf(tensorOf('a', floats, [2]))).toEqual(floats);
    const listed = { name: 'a', dims: [2], dataType: dataTypes.float32, floatData: [1.5, -2] };
    expect(floatsOf(listed)).toEqual(floats);
    expect(integersOf(tensorOf('b', BigInt64Array.of(-1n, 7n), [2]))).toEqual([-1, 7]);
    expect(
      integersOf({ name: 'b', dims: [2], dataType: dataTypes.int64, int64Data: [-1, 7] }),
    ).toEqual([-1, 7]);
  });

  it('are not those of another type', () => {
    expect(floatsOf(tensorOf('a', Int32Array.of(1), [1]))).toBeUndefined();
    expect(integersOf(tensorOf('a', Float32Array.of(1), [1]))).toBeUndefined();
  });
});
