import { isRecord, itemsOf } from '../../../json.ts';
import type { Instance } from '../../../serving/prepare-instances.ts';
import { checkCount, invalidBody, jsonTypeOf, tensorLimits } from '../body-problem.ts';
import { jsonCounts, type BodyForm } from '../../bodies/body-form.ts';
import type { JsonLimits } from '../../json/json-scan.ts';
import { readJson } from '../../json/read-json.ts';
import {
  instanceOfValue,
  instancesOfTable,
  tableOfRecords,
  tableOfSplit,
} from './table-instances.ts';

/** The fields that may hold what is to be answered; a body has one of them. */
const forms = ['instances', 'inputs', 'dataframe_split', 'dataframe_records'] as const;

export const scoringForm: BodyForm<undefined> = {
  name: 'scoring of MLflow',
  counts: jsonCounts(limitsFor),
  jsonBytes: (body) => body.length,
  read: (bytes, _head, maxImages, check) => ({
    instances: readJson(bytes, { limits: limitsFor(maxImages), check }, (body) =>
      readScoringBody(body, maxImages),
    ),
    asked: undefined,
  }),
};

/** Records name the column of each number. */
function limitsFor(maxImages: number): JsonLimits {
  return { ...tensorLimits(maxImages), strings: Infinity };
}

/** The images of a JSON body of MLflow's scoring protocol, which has TensorFlow Serving's two forms and two of data frames. */
export function readScoringBody(body: unknown, maxImages: number): Instance[] {
  if (!isRecord(body)) {
    throw invalidBody(`it must be a JSON object with ${inWords}, and is ${jsonTypeOf(body)}.`);
  }
  const [form, ...others] = forms.filter((name) => Object.hasOwn(body, name));
  if (form === undefined || others.length > 0) {
    const given = Object.keys(body).slice(0, 10).join(', ').slice(0, 200);
    throw invalidBody(`it must have exactly one of the fields ${inWords}; it has: ${given}.`);
  }
  refuseParameters(body['params']);
  const value = body[form];
  if (form === 'dataframe_split') return instancesOfTable(tableOfSplit(value), maxImages);
  if (form === 'dataframe_records') return instancesOfTable(tableOfRecords(value), maxImages);
  const values = listed(value);
  checkCount(values.length, maxImages);
  return values.map(instanceOfNamed);
}

const inWords = forms.join(', ');

/** What is asked for by a parameter and not done would be a wrong answer. */
function refuseParameters(params: unknown): void {
  if (params === undefined || params === null) return;
  if (isRecord(params) && Object.keys(params).length === 0) return;
  throw invalidBody('"params" must be left out: models here take no parameters.', '/params');
}

/** A tensor of all images, or an object that names the one input. */
function listed(value: unknown): readonly unknown[] {
  const values = itemsOf(value);
  if (values) return values;
  const named = isRecord(value) ? Object.entries(value) : [];
  const [name, tensor] = named[0] ?? [];
  const items = itemsOf(tensor);
  if (named.length === 1 && name !== undefined && items) {
    return items.map((each) => ({ [name]: each }));
  }
  throw invalidBody(`its images must be a list, and are ${jsonTypeOf(value)}.`);
}

/** A value, or an object with one field that names it. */
function instanceOfNamed(value: unknown, at: number): Instance {
  const [field, ...others] = isRecord(value) ? Object.entries(value) : [];
  if (field === undefined || others.length > 0 || field[0] === 'b64') {
    return instanceOfValue(value, undefined, at);
  }
  return instanceOfValue(field[1], field[0], at);
}
