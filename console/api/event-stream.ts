import { parseEvents } from '../../src/client/events.ts';
import { send } from './call.ts';

/** Its data have the shape that the contract of the stream promises. */
export interface ServerEvent<Data> {
  readonly type: string;
  readonly id: string | undefined;
  readonly data: Data;
}

/**
 * Server-sent events by fetch: EventSource cannot send a key. Ends with the stream; whoever wants it to go on asks again with
 * the last id.
 */
export async function* eventsOf<Data>(
  path: string,
  signal: AbortSignal,
  lastId?: string,
): AsyncGenerator<ServerEvent<Data>> {
  const headers = lastId === undefined ? {} : { 'last-event-id': lastId };
  const { body } = await send(path, { headers, signal });
  if (!body) return;
  for await (const { type, id, data } of parseEvents(body)) {
    if (data !== '') yield { type, id, data: JSON.parse(data) };
  }
}
