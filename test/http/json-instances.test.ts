import { describe, expect, it } from 'vitest';
import { jsonLimits } from '../../src/http/predict/json-form.ts';
import { readJsonInstances } from '../../src/http/predict/json-instances.ts';

const options = { limits: jsonLimits(10), check: () => {} };
const read = (value: unknown, max = 10) =>
  readJsonInstances(Buffer.from(JSON.stringify(value)), max, options);
const bytes = Buffer.from([0, 250, 251, 252, 253, 254, 255]);

describe('JSON instances', () => {
  it.each([
    ['b64', { b64: bytes.toString('base64') }],
    ['URL-safe b64', { b64: bytes.toString('base64url') }],
    [
      'b64 in lines',
      { b64: `${bytes.toString('base64').slice(0, 4)}\n${bytes.toString('base64').slice(4)}\n` },
    ],
    ['b64 without padding', { b64: bytes.toString('base64').replace(/=+$/, '') }],
    ['URL-safe b64 with padding', { b64: `${bytes.toString('base64url')}==` }],
    ['a data URL in b64', { b64: `data:image/png;base64,${bytes.toString('base64')}` }],
    ['a data URL', `data:image/png;base64,${bytes.toString('base64')}`],
    ['a data URL with parameters', `DATA:image/png;name=x;BASE64,${bytes.toString('base64')}`],
  ])('may be %s', (_form, instance) => {
    const [image] = read({ instances: [instance] });
    expect(image).toMatchObject({ kind: 'image' });
    expect(image?.kind === 'image' && Buffer.from(image.bytes).equals(bytes)).toBe(true);
  });

  it('may be pixels, flat or nested, which are checked where the model is known', () => {
    expect(
      read({
        instances: [
          [0, 255],
          [[0], [1]],
        ],
      }),
    ).toEqual([
      { kind: 'pixels', values: [0, 255] },
      { kind: 'pixels', values: [[0], [1]] },
    ]);
  });

  it('may be mixed', () => {
    expect(read({ instances: [[1], { b64: 'AA==' }] })).toHaveLength(2);
  });

  it('that are no base64 are handed on as failed, with their index', () => {
    for (const b64 of ['!!!!', 'A', 'AA=A', 'AAAA====', 'data:image/png,AA==']) {
      const [, failed] = read({ instances: [[1], { b64 }] });
      expect(failed).toMatchObject({
        kind: 'failed',
        error: { code: 'GLIMPSE_BAD_BASE64', details: { index: 1 } },
      });
    }
    const [failed] = read({ instances: ['data:image/png,plain'] });
    expect(failed).toMatchObject({ kind: 'failed', error: { code: 'GLIMPSE_BAD_BASE64' } });
  });
});

describe('an instance that is nothing we know', () => {
  it.each([[null], [7], [true], [{}], [{ b64: 7 }], ['iVBORw0KGgo=']])(
    'is handed on as failed beside the good ones: %j',
    (instance) => {
      const [good, failed] = read({ instances: [[1], instance] });
      expect(good).toEqual({ kind: 'pixels', values: [1] });
      expect(failed).toMatchObject({
        kind: 'failed',
        error: { code: 'GLIMPSE_INVALID_REQUEST', details: { path: '/instances/1' } },
      });
    },
  );
});

describe('fields that nobody knows', () => {
  it('fail the instance they are in, beside the good ones', () => {
    const [good, failed] = read({ instances: [[1], { b64: 'AA==', b46: 'AA==' }] });
    expect(good).toEqual({ kind: 'pixels', values: [1] });
    expect(failed).toMatchObject({
      kind: 'failed',
      error: {
        code: 'GLIMPSE_INVALID_REQUEST',
        details: { in: 'body', path: '/instances/1/b46', accepted: ['b64'], nearest: 'b64' },
      },
    });
  });

  it('are refused beside the instances', () => {
    expect(() => read({ signature_name: 'x', instances: [[1]] })).toThrow(
      'it has no field called "signature_name"; it takes instances',
    );
  });
});

describe('JSON bodies that hold no instances', () => {
  it.each([
    [{ image: 'AA==' }, 'it has no field called "image"; it takes instances (for example {'],
    [{ b64: 'AA==' }, 'it has no field called "b64"; it takes instances (for example {'],
    [{ instance: [] }, 'did you mean "instances"? (for example {'],
    [{}, 'it must be an object with a list of images, for example {'],
    [[[1]], 'it must be an object with a list of images, for example {'],
  ])('are shown one that does: %j', (body, sentence) => {
    expect(() => read(body)).toThrow(`${sentence}"instances": [{"b64": "..."}]}`);
  });

  it.each([
    ['{', 'GLIMPSE_BAD_REQUEST'],
    ['', 'GLIMPSE_BAD_REQUEST'],
    ['{"instances": [NaN]}', 'GLIMPSE_BAD_REQUEST'],
    ['null', 'GLIMPSE_INVALID_REQUEST'],
    ['[]', 'GLIMPSE_INVALID_REQUEST'],
    ['{}', 'GLIMPSE_INVALID_REQUEST'],
    ['{"instances": {}}', 'GLIMPSE_INVALID_REQUEST'],
  ])('are refused: %s', (text, code) => {
    expect(() => readJsonInstances(Buffer.from(text), 10, options)).toThrow(
      expect.objectContaining({ code }),
    );
  });

  it('are refused when they hold too many', () => {
    expect(read({ instances: [[1], [2]] }, 2)).toHaveLength(2);
    expect(() => read({ instances: [[1], [2], [3]] }, 2)).toThrow(
      expect.objectContaining({ code: 'GLIMPSE_TOO_MANY_IMAGES' }),
    );
  });
});
