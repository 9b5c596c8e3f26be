import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { MessageFraming } from '../../../src/http/connections/message-framing.ts';

interface Message {
  readonly head: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

const messages: readonly Message[] = [
  { head: 'GET /a HTTP/1.1\r\nhost: x\r\n\r\n', body: '', headers: {} },
  {
    head: 'POST /b HTTP/1.1\r\ncontent-length: 9\r\n\r\n',
    body: '\r\n\r\na\r\n\r\n',
    headers: { 'content-length': '9' },
  },
  {
    head: 'POST /c HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n',
    body: '2\r\nab\r\n0\r\nx: y\r\n\r\n',
    headers: { 'transfer-encoding': 'chunked' },
  },
  { head: 'GET /d HTTP/1.1\r\nhost: x\r\n\r\n', body: '', headers: {} },
];
const text = messages.map(({ head, body }) => head + body).join('');

/** Plays Node's parser: tells the framing of a request when its head is complete, and when its body is. */
function piecesOf(chunks: readonly Buffer[]): string[] {
  const framing = new MessageFraming();
  const pieces: string[] = [];
  let parsed = 0;
  let begun = 0;
  for (const chunk of chunks) {
    for (let at = 0; at < chunk.length;) {
      const end = framing.cut(chunk, at);
      pieces.push(chunk.toString('latin1', at, end));
      parsed += end - at;
      at = end;
      const heads = headEnds.filter((headEnd) => headEnd <= parsed).length;
      expect(heads - begun).toBeLessThanOrEqual(1);
      if (heads > begun) framing.begin(requestOf(heads - 1, () => parsed));
      begun = heads;
    }
  }
  expect(begun).toBe(messages.length);
  return pieces;
}

const starts = messages.map((_, at) => lengthOf(messages.slice(0, at)));
const headEnds = messages.map(({ head }, at) => starts[at]! + head.length);

function lengthOf(some: readonly Message[]): number {
  return some.reduce((sum, { head, body }) => sum + head.length + body.length, 0);
}

function requestOf(index: number, parsed: () => number): IncomingMessage {
  const { headers, body } = messages[index]!;
  const end = headEnds[index]! + body.length;
  const request = {
    headers,
    get complete() {
      return parsed() >= end;
    },
  };
  return request as unknown as IncomingMessage;
}

describe('what a connection sends', () => {
  it('is cut behind every head, every body of known length, and every end of chunks', () => {
    expect(piecesOf([Buffer.from(text)])).toEqual(
      messages.flatMap(({ head, body }) => (body === '' ? [head] : [head, body])),
    );
  });

  it('has one request in a piece at most, wherever two packets end', () => {
    for (let first = 1; first < text.length - 1; first += 1) {
      for (const second of [first + 1, first + 2, first + 3, first + 10]) {
        const cuts = [text.slice(0, first), text.slice(first, second), text.slice(second)];
        const chunks = cuts.filter((cut) => cut !== '').map((cut) => Buffer.from(cut));
        expect(piecesOf(chunks).join('')).toBe(text);
      }
    }
    expect(piecesOf(Array.from(text, (letter) => Buffer.from(letter))).join('')).toBe(text);
  });

  it('is cut every 8 KiB in a body of chunks, which may be of one byte each', () => {
    const framing = new MessageFraming();
    framing.begin({
      headers: { 'transfer-encoding': 'chunked' },
      complete: false,
    } as unknown as IncomingMessage);
    const chunk = Buffer.from('1\r\na\r\n'.repeat(4_000));
    const first = framing.cut(chunk, 0);
    expect([first, framing.cut(chunk, first), framing.cut(chunk, 2 * first)]).toEqual([
      8_192, 16_384, 24_000,
    ]);
    // The end of its chunks is found where the packet before ended inside of it.
    expect(framing.cut(Buffer.from('0\r\n'), 0)).toBe(3);
    expect(framing.cut(Buffer.from('\r\nGET / HTTP/1.1\r\n\r\n'), 0)).toBe(2);
  });
});
