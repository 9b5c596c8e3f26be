import { calls } from './contract/calls.ts';
import type { components, operations } from './contract/shapes.ts';
import type { Request } from './send.ts';

/** Shapes of the contract, by their names: `Schemas['Job']`. */
export type Schemas = components['schemas'];

/** A call of the contract, by its operationId. */
export type CallName = keyof typeof calls & keyof operations;

/** What a call takes: the names in its path, its query, its JSON, or a body of another kind. */
export type CallInput<Name extends CallName> = PartsOf<operations[Name]> & {
  /** Instead of `json`, for calls that take files. */
  readonly body?: FormData | Blob;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
  readonly retries?: number;
};

/** The parts of the request of a call: the names in its path, its query, its JSON. */
export type PartsOf<Operation> = (Operation extends { parameters: { path: infer Path } }
  ? IfGiven<'path', Path>
  : unknown) &
  (Operation extends { parameters: { query?: infer Query } }
    ? { readonly query?: Exclude<Query, undefined> }
    : unknown) &
  (Operation extends { requestBody?: { content: { 'application/json': infer Json } } }
    ? { readonly json?: Json }
    : unknown);

/** A part that a call may have none of. */
export type IfGiven<Name extends string, Value> = [Value] extends [undefined]
  ? unknown
  : { readonly [Key in Name]: Value };

/** What a call answers when it succeeds. */
export type CallAnswer<Name extends CallName> = operations[Name] extends { responses: infer All }
  ? JsonIn<All[Extract<keyof All, 200 | 201 | 202>]>
  : never;

/** The JSON of a response; undefined where it has no content. */
export type JsonIn<Response> = Response extends { content: infer Content }
  ? Content extends { 'application/json': infer Json }
    ? Json
    : never
  : undefined;

/** Input of a call as it is looked at here, whichever call it is. */
export interface AnyInput {
  readonly path?: Readonly<Record<string, string | number>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly json?: unknown;
  readonly body?: FormData | Blob;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
  readonly retries?: number;
}

/** The request that a call is. TypeError for a name in the path that is missing. */
export function requestOf(name: CallName, input: AnyInput): Request {
  const [method, template] = calls[name];
  const { path = {}, query, json, body, headers = {}, ...how } = input;
  const filled = template.replaceAll(/\{(\w+)\}/g, (_, key: string) => {
    const value = path[key];
    if (value === undefined || value === '') throw new TypeError(`${name} needs path.${key}`);
    return encodeURIComponent(value);
  });
  return {
    ...how,
    method,
    path: `${filled}${queryText(query)}`,
    headers: json === undefined ? headers : { 'content-type': 'application/json', ...headers },
    body: json === undefined ? body : JSON.stringify(json),
    isRepeatable: isRepeatable(method, name, headers),
  };
}

/** Calls that run nothing but a model change nothing. */
const asking: ReadonlySet<string> = new Set([
  'predict',
  'predictWithModel',
  'predictWithVersion',
  'predictWithLabel',
]);

/** RFC 9110, 9.2.2; a POST whose key the server knows makes nothing twice. */
function isRepeatable(method: string, name: string, headers: Readonly<Record<string, string>>) {
  return method !== 'POST' || asking.has(name) || 'idempotency-key' in headers;
}

function queryText(query: Readonly<Record<string, unknown>> = {}): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  if (given.length === 0) return '';
  return `?${new URLSearchParams(given.map(([name, value]): [string, string] => [name, String(value)])).toString()}`;
}
