import { STATUS_CODES } from 'node:http';
import type { InjectedAnswer } from '../http/connections/injected.ts';
import type { EventRequest } from './event.ts';

/** An answer in the form that the maker of the event takes. */
export interface EventAnswer {
  readonly statusCode: number;
  readonly statusDescription?: string;
  readonly headers?: Record<string, string>;
  readonly multiValueHeaders?: Record<string, string[]>;
  readonly cookies?: string[];
  readonly isBase64Encoded: boolean;
  readonly body: string;
}

/** What belongs to a connection, which the maker of the event has for itself. */
const connectionHeaders = new Set(['connection', 'keep-alive', 'transfer-encoding']);

/** Bodies that are sent as text; every other one as base64. */
const textual =
  /^(text\/|application\/([\w.-]+\+)?(json|xml|yaml|x-ndjson|jsonlines|openmetrics-text)\b)/;

/** The answer to the request of an event, in the form of its source. */
export function answerFor(
  { source, hasValueLists }: Pick<EventRequest, 'source' | 'hasValueLists'>,
  { statusCode, headers: given, body }: InjectedAnswer,
): EventAnswer {
  const lists = valueLists(given);
  const isText = textual.test(lists['content-type']?.[0] ?? '') && !lists['content-encoding'];
  const common = {
    statusCode,
    isBase64Encoded: !isText && body.length > 0,
    body: body.toString(isText ? 'utf8' : 'base64'),
  };
  if (source === 'http-v2') {
    const { 'set-cookie': cookies, ...others } = lists;
    return { ...common, headers: joined(others), ...(cookies && { cookies }) };
  }
  if (source === 'api-gateway-v1') return { ...common, multiValueHeaders: lists };
  const statusDescription = `${statusCode} ${STATUS_CODES[statusCode] ?? ''}`.trim();
  const headers = hasValueLists ? { multiValueHeaders: lists } : { headers: joined(lists) };
  return { ...common, statusDescription, ...headers };
}

function valueLists(given: InjectedAnswer['headers']): Record<string, string[]> {
  const lists: Record<string, string[]> = {};
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || connectionHeaders.has(name)) continue;
    lists[name] = [value].flat().map(String);
  }
  return lists;
}

function joined(lists: Readonly<Record<string, string[]>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(lists).map(([name, values]) => [name, values.join(', ')]),
  );
}
