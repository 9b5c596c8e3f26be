import { isLoopback } from '../access/origin.ts';
import type { InjectedRequest } from '../http/connections/injected.ts';
import { isRecord } from '../json.ts';

/** Who has made an event of a request, and in whose form the answer must be. */
export type EventSource = 'api-gateway-v1' | 'http-v2' | 'load-balancer';

/** A request as it came inside of an event; its caller is never an address of this machine, whose callers may do more. */
export interface EventRequest extends InjectedRequest {
  readonly source: EventSource;
  /** Whether the answer has lists of values for its headers: a target group can be told so. */
  readonly hasValueLists: boolean;
}

/** An event that holds no request; Lambda shows its message to whoever invoked the function. */
export class UnknownEvent extends Error {
  override readonly name = 'UnknownEvent';
  constructor() {
    super(
      'This event holds no HTTP request: it comes neither from API Gateway (payload 1.0 or 2.0) nor from a function URL nor from a load balancer.',
    );
  }
}

type Fields = Readonly<Record<string, unknown>>;

/** The request in an event of API Gateway (REST or HTTP API), a function URL or a load balancer; UnknownEvent for any other. */
export function requestIn(event: unknown): EventRequest {
  if (!isRecord(event)) throw new UnknownEvent();
  const context = fieldsOf(event['requestContext']);
  const http = fieldsOf(context['http']);
  if (event['version'] === '2.0' && typeof http['method'] === 'string') {
    return ofVersion2(event, context, http, http['method']);
  }
  const { httpMethod: method } = event;
  if (typeof method !== 'string' || !isRecord(event['requestContext'])) throw new UnknownEvent();
  return isRecord(context['elb']) ? ofBalancer(event, method) : ofVersion1(event, context, method);
}

/** API Gateway's HTTP APIs and function URLs. */
function ofVersion2(event: Fields, context: Fields, http: Fields, method: string): EventRequest {
  const headers = headersOf(event['headers']);
  const cookies = listOf(event['cookies']);
  if (cookies.length > 0) headers['cookie'] = cookies.join('; ');
  const path = withoutStage(textOf(event['rawPath']), textOf(context['stage']));
  return {
    source: 'http-v2',
    hasValueLists: false,
    method,
    url: urlOf(path, textOf(event['rawQueryString'])),
    remoteAddress: callerAt(textOf(http['sourceIp'])),
    ...withBody(event, headers),
  };
}

/** API Gateway's REST APIs: parameters come decoded. */
function ofVersion1(event: Fields, context: Fields, method: string): EventRequest {
  const query = new URLSearchParams();
  for (const [name, values] of parametersOf(event)) {
    for (const value of values) query.append(name, value);
  }
  return {
    source: 'api-gateway-v1',
    hasValueLists: false,
    method,
    url: urlOf(textOf(event['path']), query.toString()),
    remoteAddress: callerAt(textOf(fieldsOf(context['identity'])['sourceIp'])),
    ...withBody(event, headersOf(event['multiValueHeaders'] ?? event['headers'])),
  };
}

/** A load balancer passes parameters on as they were sent. */
function ofBalancer(event: Fields, method: string): EventRequest {
  const query = parametersOf(event).flatMap(([name, values]) =>
    values.map((value) => `${name}=${value}`),
  );
  const headers = headersOf(event['multiValueHeaders'] ?? event['headers']);
  // It appends who asked it; what stands before that was said by the client.
  const forwarded = [headers['x-forwarded-for'] ?? ''].flat().join(',').split(',');
  return {
    source: 'load-balancer',
    hasValueLists: isRecord(event['multiValueHeaders']),
    method,
    url: urlOf(textOf(event['path']), query.join('&')),
    remoteAddress: callerAt(forwarded.at(-1)?.trim()),
    ...withBody(event, headers),
  };
}

/** One of nobody: it is not local, and no list of addresses has it. */
const unknownAddress = '0.0.0.0';

/** Nothing on this machine makes events: whoever invokes the function with one that says so is somebody else. */
function callerAt(address = ''): string {
  return address === '' || isLoopback(address) ? unknownAddress : address;
}

/** What belonged to the connection to whoever made the event. */
const connectionHeaders = [
  'connection',
  'content-length',
  'expect',
  'keep-alive',
  'transfer-encoding',
];

function withBody(
  event: Fields,
  headers: Record<string, string | string[]>,
): Pick<EventRequest, 'headers' | 'body'> {
  const body = Buffer.from(
    textOf(event['body']),
    event['isBase64Encoded'] === true ? 'base64' : 'utf8',
  );
  for (const name of connectionHeaders) delete headers[name];
  if (body.length > 0) headers['content-length'] = String(body.length);
  // The id by which the platform knows the call is the one in the log.
  const { requestId } = fieldsOf(event['requestContext']);
  if (typeof requestId === 'string') headers['x-request-id'] ??= requestId;
  return { headers, body };
}

/** Names in small letters, as Node has them; a header of several values keeps them apart. */
function headersOf(given: unknown): Record<string, string | string[]> {
  const headers = new Map<string, string | string[]>();
  for (const [name, value] of Object.entries(fieldsOf(given))) {
    const values = listOf(value);
    const [only] = values;
    if (only !== undefined) headers.set(name.toLowerCase(), values.length === 1 ? only : values);
  }
  // A header may be called __proto__.
  return Object.fromEntries(headers);
}

function parametersOf(event: Fields): [string, string[]][] {
  const given = event['multiValueQueryStringParameters'] ?? event['queryStringParameters'];
  return Object.entries(fieldsOf(given)).map(([name, value]) => [name, listOf(value)]);
}

/** The default endpoint of an HTTP API has its stage before every path. */
function withoutStage(path: string, stage: string): string {
  const prefix = `/${stage}`;
  if (stage === '' || stage === '$default') return path;
  return path === prefix || path.startsWith(`${prefix}/`) ? path.slice(prefix.length) : path;
}

/** A decoded path may hold what no request line does; what is encoded already stays. */
function urlOf(path: string, query: string): string {
  const written = (path.startsWith('/') ? path : `/${path}`)
    .replaceAll(/[\ud800-\udfff]/gu, '\ufffd')
    .replaceAll(/[^\w\-.~!$&'()*+,;=:@%/]/gu, encodeURIComponent)
    .replaceAll(/%(?![\da-f]{2})/gi, '%25');
  return query === '' ? written : `${written}?${query}`;
}

function fieldsOf(value: unknown): Fields {
  return isRecord(value) ? value : {};
}

function listOf(value: unknown): string[] {
  return [value].flat().filter((one) => typeof one === 'string');
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
