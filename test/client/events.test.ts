import { describe, expect, it } from 'vitest';
import { parseEvents, type ServerSentEvent } from '../../src/client/events.ts';

async function eventsIn(...pieces: (string | Uint8Array)[]): Promise<ServerSentEvent[]> {
  const bytes = pieces.map((piece) =>
    typeof piece === 'string' ? new TextEncoder().encode(piece) : piece,
  );
  const events: ServerSentEvent[] = [];
  for await (const event of parseEvents(new Blob(bytes).stream())) events.push(event);
  return events;
}

/** A stream that is cut at every byte. */
async function* bytewise(text: string): AsyncGenerator<Uint8Array> {
  for (const byte of new TextEncoder().encode(text)) yield Uint8Array.of(byte);
}

const stream =
  ': hello\r\n\r\nevent: epoch\r\nid: 3\r\ndata: {"a":\r\ndata: "ü"}\r\n\r\ndata\n\nevent: x\ndata:y\n\ndata: never ended\n';
const events = [
  { type: 'epoch', id: '3', data: '{"a":\n"ü"}' },
  { type: 'message', id: undefined, data: '' },
  { type: 'x', id: undefined, data: 'y' },
];

describe('a stream of events', () => {
  it('is read as the HTML standard reads it', async () => {
    expect(await eventsIn(stream)).toEqual(events);
  });

  it('is read the same wherever it is cut', async () => {
    const told: ServerSentEvent[] = [];
    for await (const event of parseEvents(ReadableStream.from(bytewise(stream)))) told.push(event);
    expect(told).toEqual(events);
  });

  it('is let go of when nobody wants more of it', async () => {
    let isCancelled = false;
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new TextEncoder().encode('data: 1\n\n')),
      cancel: () => void (isCancelled = true),
    });
    for await (const { data } of parseEvents(endless)) {
      expect(data).toBe('1');
      break;
    }
    expect(isCancelled).toBe(true);
  });
});
