import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';

export interface StreamedEvent {
  readonly type: string;
  /** Comes back as Last-Event-ID when the client connects again. */
  readonly id?: number;
  readonly data: object;
}

/** Often enough for proxies that cut silent connections after half a minute. */
const heartbeatMs = 15_000;

/** Responds with server-sent events until they end, with a comment as heartbeat while there are none. */
export function sendEvents(
  reply: FastifyReply,
  events: AsyncGenerator<StreamedEvent>,
): FastifyReply {
  return reply
    .type('text/event-stream; charset=utf-8')
    .header('cache-control', 'no-store')
    .header('x-accel-buffering', 'no')
    .send(Readable.from(encode(events), { objectMode: false }));
}

async function* encode(events: AsyncGenerator<StreamedEvent>): AsyncGenerator<string> {
  yield 'retry: 3000\n\n';
  try {
    let next = events.next();
    for (;;) {
      const heartbeat = startHeartbeat();
      const result = await Promise.race([next, heartbeat.promise]).finally(heartbeat.stop);
      if (result === 'beat') {
        yield ': still here\n\n';
        continue;
      }
      if (result.done) return;
      yield textOf(result.value);
      next = events.next();
    }
  } finally {
    await events.return(undefined);
  }
}

function startHeartbeat(): { promise: Promise<'beat'>; stop: () => void } {
  let timer: NodeJS.Timeout | undefined;
  const promise = new Promise<'beat'>((resolve) => {
    timer = setTimeout(() => resolve('beat'), heartbeatMs);
  });
  return { promise, stop: () => clearTimeout(timer) };
}

function textOf({ type, id, data }: StreamedEvent): string {
  const head = id === undefined ? '' : `id: ${id}\n`;
  return `${head}event: ${type}\ndata: ${JSON.stringify(data)}\n\n`;
}
