import { connect, type Socket } from 'node:net';
import { cpuSeconds } from './machine.ts';

export interface Load {
  readonly answers: number;
  /** Answers other than 200; a run with any is not a measurement. */
  readonly refused: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Processor time of the server for one answer: what it costs however busy the machine is. */
  readonly cpuMs: number;
}

/** Where to send the load, and whose processor time to count. */
export interface Target {
  readonly port: number;
  readonly pid: number;
  /** The address of the caller, where callers are to be told apart. */
  readonly from?: string;
}

/** What one POST looks like on the wire, made once and written many times. */
export function requestBytes(
  path: string,
  contentType: string,
  body: Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): Buffer {
  const others = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const head =
    `POST ${path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: ${contentType}\r\n` +
    `content-length: ${body.byteLength}\r\n${others.join('')}\r\n`;
  return Buffer.concat([Buffer.from(head, 'latin1'), body]);
}

/** One answer, from its first byte to its last. */
interface Answer {
  readonly status: number;
  readonly body: Buffer;
}

const closed = (): Error => new Error('the server closed the connection');

/** Reads answers with a content-length off one connection; all the HTTP a load generator needs. */
function answersOf(socket: Socket): () => Promise<Answer> {
  let received: Buffer = Buffer.alloc(0);
  let settle: { resolve(answer: Answer): void; reject(error: Error): void } | undefined;
  const look = (): void => {
    const headEnd = received.indexOf('\r\n\r\n');
    if (headEnd < 0 || settle === undefined) return;
    const head = received.toString('latin1', 0, headEnd);
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
    if (length === undefined) {
      settle.reject(new Error(`an answer without content-length: ${head}`));
      return;
    }
    const end = headEnd + 4 + Number(length);
    if (received.length < end) return;
    const waiting = settle;
    settle = undefined;
    const body = received.subarray(headEnd + 4, end);
    received = received.subarray(end);
    waiting.resolve({ status: Number(head.slice(9, 12)), body });
  };
  socket.on('data', (chunk: Buffer) => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
    look();
  });
  socket.on('error', (error) => settle?.reject(error));
  socket.on('close', () => settle?.reject(closed()));
  return () =>
    new Promise<Answer>((resolve, reject) => {
      if (socket.destroyed) return reject(closed());
      settle = { resolve, reject };
    });
}

async function open(port: number, from?: string): Promise<Socket> {
  const localAddress = from === undefined ? {} : { localAddress: from };
  const socket = connect({ port, host: '127.0.0.1', noDelay: true, ...localAddress });
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  return socket;
}

/** One connection, one request at a time. */
export interface Connection {
  ask(request: Buffer): Promise<Answer>;
  close(): void;
}

export async function connectAnswers(port: number, from?: string): Promise<Connection> {
  const socket = await open(port, from);
  const next = answersOf(socket);
  return {
    ask(request) {
      const answer = next();
      socket.write(request);
      return answer;
    },
    close: () => socket.destroy(),
  };
}

/** Sends one request and gives its answer; to check an answer before it is counted by the thousand. */
export async function ask(port: number, request: Buffer): Promise<Answer> {
  const connection = await connectAnswers(port);
  try {
    return await connection.ask(request);
  } finally {
    connection.close();
  }
}

/** The value that this share of all values does not exceed. */
export function quantileOf(values: readonly number[]): (share: number) => number {
  const sorted = Float64Array.from(values).sort();
  return (share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

/**
 * Keeps `connections` busy with one request each until the time is up: closed loop, no pipelining. Each answer of
 * status 200 is shown to `onAnswer`.
 */
export async function load(
  { port, pid, from }: Target,
  request: Buffer,
  connections: number,
  seconds: number,
  onAnswer: (body: Buffer) => void = () => {},
): Promise<Load> {
  const latencies: number[] = [];
  let refused = 0;
  const cpuBefore = cpuSeconds(pid);
  const started = performance.now();
  const until = started + seconds * 1000;
  const talk = async (): Promise<void> => {
    const connection = await connectAnswers(port, from);
    try {
      while (performance.now() < until) {
        const sent = performance.now();
        const { status, body } = await connection.ask(request);
        latencies.push(performance.now() - sent);
        if (status === 200) onAnswer(body);
        else refused += 1;
      }
    } finally {
      connection.close();
    }
  };
  await Promise.all(Array.from({ length: connections }, talk));
  const elapsed = (performance.now() - started) / 1000;
  const quantile = quantileOf(latencies);
  return {
    answers: latencies.length,
    refused,
    perSecond: latencies.length / elapsed,
    p50Ms: quantile(0.5),
    p99Ms: quantile(0.99),
    cpuMs: ((cpuSeconds(pid) - cpuBefore) * 1000) / latencies.length,
  };
}
