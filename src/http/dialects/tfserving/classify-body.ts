import { isRecord, NumberList } from '../../../json.ts';
import type { Instance } from '../../../serving/prepare-instances.ts';
import { checkCount, invalidBody, jsonTypeOf, tensorLimits } from '../body-problem.ts';
import { jsonCounts, type BodyForm } from '../../bodies/body-form.ts';
import { readJson } from '../../json/read-json.ts';
import { imageOf, isB64, tensorOf } from '../sent-values.ts';
import { checkSignatureName } from './signatures.ts';

export const classifyForm: BodyForm<undefined> = {
  name: 'classify of TensorFlow Serving',
  counts: jsonCounts(tensorLimits),
  jsonBytes: (body) => body.length,
  read: (bytes, _head, maxImages, check) => ({
    instances: readJson(bytes, { limits: tensorLimits(maxImages), check }, (body) =>
      readClassifyBody(body, maxImages),
    ),
    asked: undefined,
  }),
};

type Features = Readonly<Record<string, unknown>>;

/**
 * `{"signature_name"?, "context"?: {...}, "examples": [{feature: value | [values] | {"b64": "..."}}]}`, one image for each
 * example. What stands in the context belongs to every example.
 */
export function readClassifyBody(body: unknown, maxImages: number): Instance[] {
  if (!isRecord(body)) throw invalidBody(`it is no JSON object but ${jsonTypeOf(body)}.`);
  checkSignatureName(body);
  const { context = {}, examples } = body;
  if (examples === undefined) {
    throw invalidBody("When method is classify, key 'examples' is expected and was not found");
  }
  if (!Array.isArray(examples)) throw invalidBody("Expecting 'examples' value to be an list/array");
  if (examples.length === 0) throw invalidBody("'examples' value is an empty array");
  checkCount(examples.length, maxImages);
  const shared = featuresOf(context);
  return examples.map((example: unknown, at) => exampleOf(featuresOf(example), shared, at));
}

function featuresOf(example: unknown): Features {
  if (isRecord(example)) return example;
  throw invalidBody(`Example must be JSON object but got JSON ${jsonTypeOf(example)}`);
}

/** The one feature that a model here knows: its image. */
function exampleOf(own: Features, shared: Features, at: number): Instance {
  const twice = Object.keys(own).find((name) => Object.hasOwn(shared, name));
  if (twice !== undefined) {
    throw invalidBody(
      `Feature: ${twice.slice(0, 100)} of example ${at} stands in the context as well`,
    );
  }
  const features = Object.entries({ ...shared, ...own });
  const [feature] = features;
  if (feature === undefined || features.length > 1) {
    throw invalidBody(`Example ${at} has ${features.length} features, and models here take one`);
  }
  const [name, value] = feature;
  // A feature is a list in this protocol, also of one value.
  const single: unknown = Array.isArray(value) && value.length === 1 ? value[0] : value;
  if (isB64(single)) return imageOf(single.b64, at);
  const areNumbers =
    value instanceof NumberList
      ? value.shape.length === 1
      : Array.isArray(value) && value.every((each) => typeof each === 'number');
  if (areNumbers) return tensorOf(value, name);
  throw invalidBody(
    `Feature: ${name.slice(0, 100)} of example ${at} is neither a list of numbers nor {"b64": "..."}`,
  );
}
