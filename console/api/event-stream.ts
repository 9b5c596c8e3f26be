import { send } from './call.ts';

/** Its data have the shape that the contract of the stream promises. */
export interface ServerEvent<Data> {
  readonly type: string;
  readonly id: string | undefined;
  readonly data: Data;
}

/**
 * Server-sent events (HTML standard, 9.2) by fetch: EventSource cannot send a key. Ends with the stream; whoever wants it
 * to go on asks again with the last id.
 */
export async function* eventsOf<Data>(
  path: string,
  signal: AbortSignal,
  lastId?: string,
): AsyncGenerator<ServerEvent<Data>> {
  const headers = lastId === undefined ? {} : { 'last-event-id': lastId };
  const { body } = await send(path, { headers, signal });
  if (!body) return;
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let waiting = '';
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const blocks = (waiting + value).split(/\r?\n\r?\n/);
    waiting = blocks.pop() ?? '';
    for (const block of blocks) {
      const event = eventIn<Data>(block);
      if (event) yield event;
    }
  }
}

function eventIn<Data>(block: string): ServerEvent<Data> | undefined {
  const fields = block.split(/\r?\n/).map((line): [string, string] => {
    const at = line.indexOf(':');
    return at === -1 ? [line, ''] : [line.slice(0, at), line.slice(at + 1).replace(/^ /, '')];
  });
  const valuesOf = (name: string): string[] =>
    fields.filter(([field]) => field === name).map(([, value]) => value);
  const data = valuesOf('data').join('\n');
  if (data === '') return undefined;
  return {
    type: valuesOf('event').at(-1) ?? 'message',
    id: valuesOf('id').at(-1),
    data: JSON.parse(data),
  };
}
