import type { Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import type { Attack } from './attack.ts';
import { countStatuses, openSocket, pause, send, type Call, type Response } from './wire.ts';

const MiB = 1024 * 1024;

function predictCall(
  key: string,
  type: string,
  body: string | Uint8Array,
  headers: Call['headers'] = {},
): Call {
  return {
    method: 'POST',
    path: '/predict',
    headers: { 'x-api-key': key, 'content-type': type, ...headers },
    body,
    timeoutMs: 50_000,
  };
}

/** Neither an answer nor a crash: every body is refused by name, or for lack of room. */
const isRefused = ({ status }: Response): boolean =>
  [0, 400, 413, 415, 422, 429, 503].includes(status);

/** Text in front, as many copies as fit, text behind. */
function filled(front: string, piece: string, behind: string, bytes: number): Buffer {
  const body = Buffer.alloc(bytes, piece);
  const copies = Math.floor((bytes - front.length - behind.length) / piece.length);
  const end = copies * piece.length;
  const middle = body.subarray(0, end);
  return Buffer.concat([Buffer.from(front), middle, Buffer.from(behind)]);
}

const emptyObjects: Attack = {
  name: 'eight bodies of 32 MiB, {"instances":[[{},{},...]]}',
  group: 'request cost',
  isLoad: true,
  async run({ url, callers }) {
    const body = filled('{"instances":[[{}', ',{}', ']]}', 32 * MiB - 1024);
    const call = predictCall(callers.predict, 'application/json', body);
    const responses = await Promise.all(Array.from({ length: 8 }, () => send(url, call)));
    return { held: responses.every(isRefused), figures: countStatuses(responses) };
  },
};

/** Announces a body of 32 MiB and sends a quarter of it, as far as the server reads it; gives the bytes sent. */
async function sendQuarter(socket: Socket, key: string): Promise<number> {
  const piece = Buffer.alloc(MiB / 4, '1,');
  const over = new Promise<void>((resolve) => {
    socket.once('data', () => resolve()).once('close', () => resolve());
  });
  const room = (): Promise<void> =>
    new Promise((resolve) => void socket.once('drain', () => resolve()));
  socket.write(
    `POST /predict HTTP/1.1\r\nhost: localhost\r\nx-api-key: ${key}\r\ncontent-type: application/json\r\ncontent-length: ${32 * MiB}\r\n\r\n{"instances":[[`,
  );
  let sent = 0;
  while (sent < 8 * MiB && !socket.destroyed) {
    sent += piece.length;
    if (socket.write(piece)) continue;
    const next = await Promise.race([
      room().then(() => 'room'),
      over.then(() => 'over'),
      pause(2_000).then(() => 'stuck'),
    ]);
    if (next !== 'room') break;
  }
  return sent;
}

const halfSent: Attack = {
  name: '48 bodies of 32 MiB that stop after a quarter',
  group: 'request cost',
  isLoad: true,
  async run({ url, callers }) {
    const sockets = await Promise.all(Array.from({ length: 48 }, () => openSocket(url)));
    const open = sockets.filter((socket) => socket !== undefined);
    const sent = await Promise.all(open.map((socket) => sendQuarter(socket, callers.predict)));
    await pause(1_000);
    for (const socket of open) socket.destroy();
    return {
      held: true,
      figures: `${open.length} connections, ${Math.round(sent.reduce((sum, bytes) => sum + bytes, 0) / MiB)} MiB sent`,
    };
  },
};

const packed: Attack = {
  name: 'bodies that are small packed and large unpacked',
  group: 'request cost',
  isLoad: true,
  async run({ url, callers }) {
    const zeros = gzipSync(Buffer.alloc(256 * MiB));
    const objects = gzipSync(filled('{"instances":[[{}', ',{}', ']]}', 32 * MiB - 1024));
    const calls = [
      ...Array.from({ length: 16 }, () =>
        predictCall(callers.predict, 'application/json', zeros, { 'content-encoding': 'gzip' }),
      ),
      ...Array.from({ length: 16 }, () =>
        predictCall(callers.predict, 'application/json', objects, { 'content-encoding': 'gzip' }),
      ),
      predictCall(callers.predict, 'application/json', gzipSync(zeros), {
        'content-encoding': 'gzip, gzip',
      }),
      predictCall(callers.predict, 'application/json', objects, {
        'content-encoding': 'gzip, deflate, br, gzip',
      }),
    ];
    const responses = await Promise.all(calls.map((call) => send(url, call)));
    const sent = Math.round(calls.reduce((sum, { body }) => sum + body!.length, 0) / 1024);
    return {
      held: responses.every(isRefused),
      figures: `${sent} KiB sent: ${countStatuses(responses)}`,
    };
  },
};

const oddJson: Attack = {
  name: 'JSON: deep, of one long string, of one long number, of many names',
  group: 'request cost',
  isLoad: true,
  async run({ url, callers }) {
    const bodies = [
      Buffer.alloc(8 * MiB, '['),
      Buffer.alloc(8 * MiB, '{"a":'),
      filled('{"instances":', '[', '', 4 * MiB),
      filled('{"instances":["', 'A', '"]}', 16 * MiB),
      filled('{"instances":[[1', '1', ']]}', 8 * MiB),
      filled('{"instances":[[1e', '9', ']]}', 4 * MiB),
      filled('{"a":1', ',"a":1', '}', 8 * MiB),
      filled('{"instances":[{"b64":"', 'AAAA', '"}]}', 8 * MiB),
      Buffer.from('{"__proto__":{"instances":[[1]]},"constructor":{"prototype":{"isAdmin":true}}}'),
    ];
    const calls = bodies.map((body) => predictCall(callers.predict, 'application/json', body));
    const responses = await Promise.all(calls.map((call) => send(url, call)));
    return { held: responses.every(isRefused), figures: countStatuses(responses) };
  },
};

const manyParts: Attack = {
  name: 'forms of 200,000 parts, and of endless part headers',
  group: 'request cost',
  isLoad: true,
  async run({ url, callers }) {
    const part = '--b\r\ncontent-disposition: form-data; name="a"\r\n\r\n1\r\n';
    const type = 'multipart/form-data; boundary=b';
    const fileless = '--b\r\ncontent-disposition: form-data; name="image"; filename="a.png"\r\n';
    const bodies = [
      filled('', part, '--b--\r\n', 200_000 * part.length),
      filled(fileless, 'x-header: value\r\n', '\r\n1\r\n--b--\r\n', 8 * MiB),
      filled('', '--b\r\n', '', 4 * MiB),
      Buffer.concat([
        Buffer.from('--b\r\ncontent-disposition: form-data; name="'),
        Buffer.alloc(4 * MiB, 'n'),
      ]),
    ];
    const calls = bodies.map((body) => predictCall(callers.predict, type, body));
    const responses = await Promise.all(calls.map((call) => send(url, call)));
    return { held: responses.every(isRefused), figures: countStatuses(responses) };
  },
};

export const bodyAttacks: readonly Attack[] = [emptyObjects, halfSent, packed, oddJson, manyParts];
