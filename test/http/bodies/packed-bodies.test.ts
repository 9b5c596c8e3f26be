import { describe, expect, it } from 'vitest';
import { isGlimpseError } from '../../../src/errors.ts';
import type { BodyForm } from '../../../src/http/bodies/body-form.ts';
import { inferForm } from '../../../src/http/dialects/oip/infer-form.ts';
import { scoringForm } from '../../../src/http/dialects/sagemaker/scoring-form.ts';
import { classifyForm } from '../../../src/http/dialects/tfserving/classify-body.ts';
import { predictForm } from '../../../src/http/dialects/tfserving/predict-body.ts';
import { predictionsForm } from '../../../src/http/dialects/torchserve/predictions-form.ts';
import { jsonForm } from '../../../src/http/predict/json-form.ts';
import { createRandom, type Random } from '../../../src/random.ts';
import { pack, type Instance } from '../../../src/serving/prepare-instances.ts';

const head = { 'content-type': 'application/json' };
const maxImages = 6;

/** Instances as they go to the model, or the refusal. */
function outcome(form: BodyForm<unknown>, body: Buffer): unknown {
  try {
    const { instances, asked } = form.read(body, head, maxImages, () => {});
    return { instances: instances.map(pack).map(comparable), asked };
  } catch (error) {
    if (!isGlimpseError(error)) throw error;
    return { code: error.code, message: error.message, details: error.details };
  }
}

function comparable(instance: Instance): unknown {
  if (instance.kind === 'failed') return { code: instance.error.code, message: instance.error.message }; // prettier-ignore
  if (instance.kind === 'image' || instance.kind === 'pixels') return instance;
  return { ...instance, values: [...instance.values] };
}

/** A byte order mark, which every reader passes over, leaves a body to JSON.parse. */
const byParse = (form: BodyForm<unknown>, text: string): unknown =>
  outcome(form, Buffer.from(`\uFEFF${text}`));

const pick = <One>(random: Random, ...ones: readonly One[]): One =>
  ones[random.integer(ones.length)]!;

function number(random: Random): unknown {
  return pick<unknown>(random, 0, 0, 7, 255, 0.5, 0.25, -1, 256, 1e9, 0.30000000000000004);
}

/** Mostly as it should be, so that both what is taken and what is refused is met. */
function list(random: Random, shape: readonly number[], kind: number): unknown {
  const [length, ...inner] = shape;
  if (length === undefined) {
    const isStrange = random.integer(4000) === 0;
    if (isStrange) return pick<unknown>(random, null, 'x', true, [], [1], {});
    return kind === 0 ? random.integer(256) : kind === 1 ? random.next() : number(random);
  }
  const own = random.integer(100) === 0 ? length + 1 : length;
  return Array.from({ length: own }, () => list(random, inner, kind));
}

function value(random: Random): unknown {
  const shape = pick(
    random,
    [40],
    [1, 40],
    [5, 8],
    [4, 4, 3],
    [1, 8, 8],
    [2, 2, 2, 2, 2, 2, 2],
    [3],
  );
  const numbers = list(random, shape, random.integer(3));
  if (random.integer(12) > 0) return numbers;
  return pick<unknown>(
    random,
    { b64: 'iVBORw0KGgo=' },
    'iVBORw0KGgo=',
    { image: numbers },
    7,
    null,
  );
}

const values = (random: Random): unknown => {
  const count = random.integer(8);
  if (random.integer(2) === 0) return Array.from({ length: count }, () => value(random));
  return list(random, [count, ...pick(random, [40], [5, 8], [1, 8, 8], [])], random.integer(3));
};

const named = (random: Random): unknown =>
  (values(random) as unknown[]).map((each) => ({ [pick(random, 'image', 'pixels')]: each }));

const forms: readonly [BodyForm<unknown>, (random: Random) => unknown][] = [
  [jsonForm, (random) => ({ instances: values(random) })],
  [
    predictForm,
    (random) =>
      pick<unknown>(
        random,
        { instances: values(random) },
        { inputs: values(random) },
        { inputs: { image: values(random) } },
        { instances: named(random) },
        { signature_name: value(random), instances: values(random) },
      ),
  ],
  [
    classifyForm,
    (random) => ({
      context: pick<unknown>(random, {}, { a: value(random) }),
      examples: named(random),
    }),
  ],
  [
    scoringForm,
    (random) =>
      pick<unknown>(
        random,
        { instances: values(random) },
        { inputs: pick<unknown>(random, values(random), { image: values(random) }) },
        {
          dataframe_split: {
            columns: list(random, [pick(random, 40, 1)], 0),
            data: values(random),
          },
        },
        {
          dataframe_split: {
            columns: pick<unknown>(random, ['pixels'], [['x']], 7),
            data: values(random),
          },
        },
        { dataframe_records: named(random) },
        { instances: values(random), params: value(random) },
      ),
  ],
  [
    predictionsForm,
    (random) =>
      pick<unknown>(
        random,
        value(random),
        { data: value(random) },
        { body: { data: value(random) } },
        { instances: values(random) },
      ),
  ],
  [
    inferForm,
    (random) => {
      const data = values(random);
      const own = [data].flat(9).length;
      const count = pick(random, own, own, own, 40);
      return {
        id: pick<unknown>(random, 'x', 'x', 'x', 'x', 'x', value(random)),
        parameters: pick<unknown>(random, {}, {}, {}, {}, {}, value(random)),
        inputs: [
          {
            name: pick(random, 'image', 'pixels'),
            datatype: pick(
              random,
              'FP32',
              'FP32',
              'FP64',
              'UINT8',
              'INT8',
              'INT64',
              'BOOL',
              'BYTES',
              'X',
            ),
            shape: pick<unknown>(
              random,
              [1, count],
              [1, count],
              [1, count],
              [count],
              value(random),
            ),
            data,
          },
        ],
      };
    },
  ],
];

describe.each(forms)('$name', (form, bodyOf) => {
  it('makes of numbers in one piece what it makes of what JSON.parse gives, and refuses them in the same words', () => {
    const random = createRandom(11);
    const met = { taken: 0, refused: 0 };
    for (let round = 0; round < 300; round += 1) {
      const text = JSON.stringify(bodyOf(random));
      const found = outcome(form, Buffer.from(text));
      expect(found, text).toEqual(byParse(form, text));
      met[typeof found === 'object' && found !== null && 'code' in found ? 'refused' : 'taken'] +=
        1;
    }
    expect(Math.min(met.taken, met.refused)).toBeGreaterThan(5);
  });
});
