import { EventEmitter, once } from 'node:events';
import { connect } from 'node:net';
import Fastify from 'fastify';
import request from 'supertest';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { sendEvents, type StreamedEvent } from '../../src/http/jobs/event-stream.ts';

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  vi.useRealTimers();
  for (const close of closers.splice(0)) await close();
});

async function serve(events: () => AsyncGenerator<StreamedEvent>): Promise<string> {
  const app = Fastify();
  app.get('/', (_request, reply) => sendEvents(reply, events()));
  closers.push(() => app.close());
  return app.listen({ host: '127.0.0.1', port: 0 });
}

describe('server-sent events', () => {
  it('carry type, id and data, and ask clients to come back after a cut', async () => {
    const url = await serve(async function* () {
      yield { type: 'epoch', id: 3, data: { loss: 0.5 } };
      yield { type: 'note', data: { note: 'two\nlines' } };
    });
    const { text, headers } = await request(url).get('/').buffer(true);
    expect(headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    expect(text).toBe(
      'retry: 3000\n\nid: 3\nevent: epoch\ndata: {"loss":0.5}\n\n' +
        'event: note\ndata: {"note":"two\\nlines"}\n\n',
    );
  });

  it('beat while nothing happens, so that no proxy cuts the line', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const source = new EventEmitter();
    const url = await serve(async function* () {
      await once(source, 'go');
      yield { type: 'state', data: {} };
    });
    const answer = fetch(url);
    const reader = (await answer).body!.getReader();
    let text = '';
    const readUntil = async (part: string): Promise<void> => {
      while (!text.includes(part))
        text += Buffer.from((await reader.read()).value ?? []).toString();
    };
    await readUntil('retry');
    await vi.advanceTimersByTimeAsync(15_000);
    await readUntil(': still here');
    source.emit('go');
    await readUntil('event: state');
  });

  it('let go of their source when the client leaves', async () => {
    let isOver = false;
    const url = await serve(async function* () {
      try {
        for (;;) {
          await new Promise((resolve) => setTimeout(resolve, 5));
          yield { type: 'epoch', data: {} };
        }
      } finally {
        isOver = true;
      }
    });
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
    await once(socket, 'data');
    socket.destroy();
    await expect.poll(() => isOver).toBe(true);
  });
});
