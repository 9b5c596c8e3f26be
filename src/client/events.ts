/** One server-sent event. */
export interface ServerSentEvent {
  readonly type: string;
  readonly id: string | undefined;
  readonly data: string;
}

/** The events of a stream, as the HTML standard parses them ("Interpreting an event stream"); an unfinished last one is dropped. */
export async function* parseEvents(
  body: ReadableStream<Uint8Array>,
): AsyncGenerator<ServerSentEvent> {
  let fields: { type?: string; id?: string; data: string[] } = { data: [] };
  for await (const line of linesOf(body)) {
    if (line === '') {
      const { type = 'message', id, data } = fields;
      if (data.length > 0) yield { type, id, data: data.join('\n') };
      fields = { data: [] };
      continue;
    }
    const colon = line.indexOf(':');
    if (colon === 0) continue;
    const name = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (name === 'data') fields.data.push(value);
    else if (name === 'event') fields.type = value;
    else if (name === 'id') fields.id = value;
  }
}

/** Lines end with LF, CR or both. A CR at the end of a piece may have its LF in the next one. */
async function* linesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  const reader = body.getReader();
  let rest = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      rest += done ? decoder.decode() : decoder.decode(value, { stream: true });
      const whole = !done && rest.endsWith('\r') ? rest.slice(0, -1) : rest;
      const lines = whole.split(/\r\n|\n|\r/);
      const last = lines.pop() ?? '';
      rest = last + rest.slice(whole.length);
      yield* lines;
      if (done) return;
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}
