import type { TSchema } from 'typebox';
import { isRecord } from '../../json.ts';
import { nearest } from '../../nearest.ts';
import { errors, withDetails } from '../../errors.ts';
import { propertiesOf } from '../../schema.ts';
import { TrainRequestSchema, type TrainRequest } from '../request.ts';

/** What of a request a search may vary: how a net is made and learns. What is learnt from, and what figures are found on, stays. */
const searchable = [
  'architecture',
  'optimizer',
  'schedule',
  'epochs',
  'batchSize',
  'labelSmoothing',
  'l2',
  'gradientClip',
  'classWeights',
  'augmentation',
  'earlyStopping',
  'workers',
] as const;

/** The values that a trial was given, by the names of their parameters: optimizer.learningRate. */
export type TrialParameters = Readonly<Record<string, unknown>>;

let known: readonly string[] | undefined;

/** Every parameter that can be named without a request at hand. */
export function searchableParameters(): readonly string[] {
  known ??= searchable.flatMap((head) => [
    head,
    ...fieldsWithin(TrainRequestSchema.properties[head]).map((field) => `${head}.${field}`),
  ]);
  return known;
}

/** The names of the fields of a schema, of all the forms that it may have. */
function fieldsWithin(schema: TSchema): string[] {
  const { anyOf }: { readonly anyOf?: unknown } = schema;
  const forms: TSchema[] = Array.isArray(anyOf) ? anyOf.filter(isRecord) : [];
  const names = [...Object.keys(propertiesOf(schema)), ...forms.flatMap(fieldsWithin)];
  return [...new Set(names)];
}

/** GLIMPSE_SEARCH_PARAMETER_UNKNOWN, with the name that was probably meant. */
export function checkParameter(name: string, train: TrainRequest): void {
  const all = searchableParameters();
  if (all.includes(name) || isOfLayer(name, train)) return;
  const last = name.split('.').at(-1)!;
  const meant =
    nearest(name, all) ??
    all.find((one) => one.endsWith(`.${last}`)) ??
    all.find((one) => nearest(last, [one.split('.').at(-1)!]) !== undefined);
  const help = meant === undefined ? `it varies ${all.join(', ')}` : `did you mean "${meant}"?`;
  throw withDetails(new errors.GLIMPSE_SEARCH_PARAMETER_UNKNOWN(name.slice(0, 100), help), {
    parameter: name.slice(0, 100),
    accepted: all,
    ...(meant !== undefined && { nearest: meant }),
  });
}

/** A field of a layer that the request lists: architecture.layers.1.units. */
function isOfLayer(name: string, { architecture }: TrainRequest): boolean {
  const index = /^architecture\.layers\.(\d{1,3})\.\w+$/.exec(name)?.[1];
  if (index === undefined || typeof architecture !== 'object') return false;
  return architecture.layers[Number(index)] !== undefined;
}

/** The request with the values of a trial in their places; whether it can be trained by is for its schema to say. */
export function withParameters(
  train: TrainRequest,
  parameters: TrialParameters,
): Record<string, unknown> {
  const request: Record<string, unknown> = structuredClone(train);
  // What is named by itself comes before its fields: the optimizer, then its rate.
  const names = Object.keys(parameters).sort((a, b) => a.split('.').length - b.split('.').length);
  for (const name of names) setIn(request, name.split('.'), structuredClone(parameters[name]));
  return request;
}

function setIn(
  into: Record<string, unknown>,
  [head = '', ...rest]: string[],
  value: unknown,
): void {
  if (rest.length === 0) {
    into[head] = value;
    return;
  }
  const inner = opened(head, into[head]);
  into[head] = inner;
  setIn(inner, rest, value);
}

/** What has fields of its own, where it was named, or left to its default. */
function opened(head: string, value: unknown): Record<string, unknown> {
  // A list has fields, too: 0, 1, ...
  if (hasFields(value)) return value;
  if (typeof value === 'string') return { name: value };
  return head === 'optimizer' ? { name: 'adam' } : {};
}

function hasFields(value: unknown): value is Record<string, unknown> {
  return isRecord(value) || Array.isArray(value);
}
