import type { Socket } from 'node:net';
import type { Attack } from './attack.ts';
import { countStatuses, gauge, metricsText, openSocket, pause, sendText } from './wire.ts';

async function openMany(url: string, count: number): Promise<Socket[]> {
  const sockets: Socket[] = [];
  for (let opened = 0; opened < count; opened += 100) {
    const some = await Promise.all(
      Array.from({ length: Math.min(100, count - opened) }, () => openSocket(url)),
    );
    sockets.push(...some.filter((socket) => socket !== undefined));
  }
  return sockets;
}

/** Waits for a gauge to come down to a value, at most ten seconds; gives what it was last. */
async function settled(url: string, name: string, most: number): Promise<number> {
  let value = Number.NaN;
  for (let waits = 0; waits < 50; waits += 1) {
    value = gauge(await metricsText(url), name);
    if (value <= most) break;
    await pause(200);
  }
  return value;
}

const connections: Attack = {
  name: '5,000 connections from one address that say nothing',
  group: 'connections',
  isLoad: true,
  async run({ url }) {
    const sockets = await openMany(url, 5_000);
    for (const socket of sockets) socket.resume();
    await pause(1_500);
    const left = sockets.filter((socket) => !socket.destroyed).length;
    for (const socket of sockets) socket.destroy();
    const open = await settled(url, 'glimpse_connections', 100);
    return {
      held: left <= 4_096 && open <= 100,
      figures: `${left} of ${sockets.length} stayed open; ${open} after`,
    };
  },
};

const slowHeads: Attack = {
  name: '1,000 heads of requests that come a byte at a time',
  group: 'connections',
  isLoad: true,
  async run({ url }) {
    const sockets = await openMany(url, 1_000);
    for (const socket of sockets)
      socket.resume().write('GET /models HTTP/1.1\r\nhost: localhost\r\nx-slow: ');
    // The head of a request may take fifteen seconds (GLIMPSE_HEADERS_TIMEOUT_MS), looked at every five.
    const until = Date.now() + 22_000;
    while (Date.now() < until && sockets.some((socket) => !socket.destroyed)) {
      for (const socket of sockets) if (!socket.destroyed) socket.write('a');
      await pause(1_000);
    }
    const left = sockets.filter((socket) => !socket.destroyed).length;
    for (const socket of sockets) socket.destroy();
    return { held: left === 0, figures: `${left} of ${sockets.length} open after 22 s` };
  },
};

const pipelined: Attack = {
  name: '20,000 pipelined predictions whose client is gone',
  group: 'connections',
  isLoad: true,
  async run({ url, callers }) {
    const body = JSON.stringify({ instances: [Array(784).fill(0)] });
    const request = Buffer.from(
      `POST /predict HTTP/1.1\r\nhost: localhost\r\nx-api-key: ${callers.predict}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    );
    const sockets = await openMany(url, 20);
    const some = Buffer.concat(Array.from({ length: 1_000 }, () => request));
    for (const socket of sockets) socket.write(some);
    await pause(1_000);
    for (const socket of sockets) socket.destroy();
    const inFlight = await settled(url, 'glimpse_http_requests_in_flight', 20);
    return { held: inFlight <= 20, figures: `${inFlight} in flight afterwards` };
  },
};

const largeHeads: Attack = {
  name: 'heads of a megabyte, of 5,000 headers, and 2,000 requests with 15 KiB of them',
  group: 'connections',
  isLoad: true,
  async run({ url }) {
    const head = 'GET /livez HTTP/1.1\r\nhost: localhost\r\n';
    const responses = [
      await sendText(url, `${head}x-large: ${'a'.repeat(1024 * 1024)}\r\n\r\n`),
      await sendText(
        url,
        `${head}${Array.from({ length: 5_000 }, (_, at) => `x-${at}: 1\r\n`).join('')}\r\n`,
      ),
      await sendText(url, `GET /${'a'.repeat(1024 * 1024)} HTTP/1.1\r\nhost: localhost\r\n\r\n`),
    ];
    const refused = responses.every(({ status }) => [0, 400, 414, 431].includes(status));
    const sockets = await openMany(url, 20);
    const large = `${head}${Array.from({ length: 15 }, (_, at) => `x-${at}: ${'a'.repeat(1000)}\r\n`).join('')}\r\n`;
    for (const socket of sockets) socket.resume().write(large.repeat(100));
    await pause(1_500);
    for (const socket of sockets) socket.destroy();
    return { held: refused, figures: countStatuses(responses) };
  },
};

const slowReaders: Attack = {
  name: '200 clients that ask a hundred times for a page and read nothing',
  group: 'connections',
  isLoad: true,
  async run({ url }) {
    const sockets = await openMany(url, 200);
    const request = 'GET /openapi.json HTTP/1.1\r\nhost: localhost\r\n\r\n'.repeat(100);
    for (const socket of sockets) socket.pause().write(request);
    await pause(3_000);
    for (const socket of sockets) socket.destroy();
    const inFlight = await settled(url, 'glimpse_http_requests_in_flight', 20);
    return { held: inFlight <= 20, figures: `${inFlight} in flight afterwards` };
  },
};

export const connectionAttacks: readonly Attack[] = [
  connections,
  pipelined,
  largeHeads,
  slowReaders,
  slowHeads,
];
