import { isList, isRecord, itemsOf } from '../../../json.ts';
import type { Instance } from '../../../serving/prepare-instances.ts';
import { checkCount, invalidBody, jsonTypeOf, tensorLimits } from '../body-problem.ts';
import { jsonCounts, type BodyForm } from '../../bodies/body-form.ts';
import { readJson } from '../../json/read-json.ts';
import { imageOf, isB64, tensorOf } from '../sent-values.ts';
import { checkSignatureName } from './signatures.ts';

/** What a `:predict` body asks for: the images, and which of its two forms the answer has. */
export interface PredictBody {
  readonly form: PredictForm;
  readonly instances: readonly Instance[];
}

/** row: `instances` is answered as `predictions`. column: `inputs` is answered as `outputs`. */
export type PredictForm = 'row' | 'column';

export const predictForm: BodyForm<PredictForm> = {
  name: 'predict of TensorFlow Serving',
  counts: jsonCounts(tensorLimits),
  jsonBytes: (body) => body.length,
  read: (bytes, _head, maxImages, check) =>
    readJson(bytes, { limits: tensorLimits(maxImages), check }, (body) => {
      const { form, instances } = readPredictBody(body, maxImages);
      return { instances, asked: form };
    }),
};

/**
 * `{"signature_name"?, "instances": [...]}` or `{"signature_name"?, "inputs": ...}`, and in the sentences of TensorFlow
 * Serving why it is neither. Fields that it does not know are passed over, as there.
 */
export function readPredictBody(body: unknown, maxImages: number): PredictBody {
  if (!isRecord(body)) throw invalidBody(`it is no JSON object but ${jsonTypeOf(body)}.`);
  checkSignatureName(body);
  const { instances, inputs } = body;
  if (instances !== undefined && inputs !== undefined) {
    throw invalidBody(
      "Not formatted correctly expecting only one of 'inputs' or 'instances' keys to exist",
    );
  }
  if (inputs !== undefined) return { form: 'column', instances: readColumns(inputs, maxImages) };
  if (instances === undefined) throw invalidBody("Missing 'inputs' or 'instances' key");
  const rows = itemsOf(instances);
  if (!rows) throw invalidBody("Expecting 'instances' to be an list/array");
  if (rows.length === 0) throw invalidBody("No values in 'instances' array");
  checkCount(rows.length, maxImages);
  return { form: 'row', instances: readRows(rows) };
}

/** Each item is a value of the one input, or an object that names it; never some of both. */
function readRows(rows: readonly unknown[]): Instance[] {
  const areNamed = isNamed(rows[0]);
  return rows.map((row, at) => {
    if (isNamed(row) !== areNamed) {
      const [wanted, found] = areNamed ? ['object', 'list'] : ['value/list', 'object'];
      throw invalidBody(`Expecting ${wanted} but got ${found} at item ${at} of input list`);
    }
    const [value, input] = isNamed(row) ? onlyField(row, `element: ${at}`) : [row, undefined];
    return instanceOf(value, input, at);
  });
}

/** The tensor of all images, or an object that names it. */
function readColumns(columns: unknown, maxImages: number): Instance[] {
  const [tensor, input] = isNamed(columns) ? onlyField(columns, "'inputs'") : [columns, undefined];
  const values = itemsOf(tensor) ?? [tensor];
  if (values.length === 0) throw invalidBody("No values in 'inputs'");
  checkCount(values.length, maxImages);
  return values.map((value, at) => instanceOf(value, input, at));
}

/** An object whose fields are inputs; `{"b64": "..."}` is a value. */
function isNamed(value: unknown): value is Record<string, unknown> {
  return isRecord(value) && !isB64(value);
}

/** The value and name of the one input that models here have. */
function onlyField(named: Readonly<Record<string, unknown>>, place: string): [unknown, string] {
  const names = Object.keys(named);
  if (names.length === 1) return [named[names[0]!], names[0]!];
  const given = names.slice(0, 10).join(',').slice(0, 200);
  throw invalidBody(
    `Failed to process ${place}. It names ${names.length} inputs (${given}), and models here have one`,
  );
}

function instanceOf(value: unknown, input: string | undefined, at: number): Instance {
  // Under whatever name a client knows its input: bytes of an image can be nothing else.
  if (isB64(value)) return imageOf(value.b64, at);
  if (isList(value)) return tensorOf(value, input);
  throw invalidBody(
    `Failed to process element: ${at}. JSON Value of type ${jsonTypeOf(value)} is neither a list of numbers nor {"b64": "..."}`,
  );
}
