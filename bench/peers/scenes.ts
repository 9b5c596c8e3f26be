import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from 'node:net';
import { arrive } from '../arrivals.ts';
import { requestBytes } from '../load.ts';
import { withCpu, type Figures, type Generator } from './generate.ts';
import { labelsIn, type Form, type RunningPeer } from './peer.ts';
import {
  filesQuestion,
  isRight,
  jpegQuestion,
  jsonQuestion,
  oipBinaryQuestion,
  oipQuestion,
  photoQuestion,
  pngQuestion,
  type Question,
} from './questions.ts';

export interface SceneRun {
  readonly running: RunningPeer;
  readonly question: Question;
  readonly seconds: number;
  readonly send: Generator;
  /** What the scenes before this one found of this peer in this round. */
  readonly before: ReadonlyMap<string, Figures>;
}

/** One row of the tables. */
export interface Scene {
  readonly name: string;
  readonly form: Form;
  /** The question of a round: another digit in each. */
  question(round: number): Promise<Question>;
  /** One of the few that a quick run measures. */
  readonly isCore?: boolean;
  /** Slow answers need longer to be counted. */
  readonly leastSeconds?: number;
  measure(run: SceneRun): Promise<Figures>;
}

export type Asked = Pick<Scene, 'form' | 'question'>;
const digitOf = (round: number): number => (round * 7 + 3) % 10;
export const png: Asked = { form: 'image', question: (round) => pngQuestion(digitOf(round)) };
const files = (count: number): Asked => ({
  form: 'files',
  question: (round) => filesQuestion(digitOf(round), count),
});
export const jpeg = (width: number, height: number): Asked => ({
  form: 'image',
  question: (round) => jpegQuestion(digitOf(round), width, height),
});
export const json = (count: number): Asked => ({
  form: 'json',
  question: (round) => jsonQuestion(digitOf(round), count),
});
const oip = (count: number): Asked => ({
  form: 'oip',
  question: (round) => oipQuestion(digitOf(round), count),
});
const oipBinary = (count: number): Asked => ({
  form: 'oip-binary',
  question: (round) => oipBinaryQuestion(digitOf(round), count),
});
const photos = ['7-photo.jpg', '5-pencil.jpg', '2-ruled.jpg'];
const photo: Asked = {
  form: 'image',
  question: (round) => photoQuestion(photos[round % photos.length]!),
};

/** So many connections, each with one request at a time. */
export const closedLoop = (connections: number): Pick<Scene, 'measure'> => ({
  measure: ({ running, question, seconds, send }) =>
    send(running, { question, connections, seconds }),
});

const saturated = 'PNG 28x28, 32 connections';

/** Requests that come whether or not those before them were answered, at half of what the peer has shown it can do. */
async function measureArrivals(run: SceneRun): Promise<Figures> {
  const { running, question, seconds, before } = run;
  const most = before.get(saturated)?.rightPerSecond ?? NaN;
  if (!(most > 0)) throw new Error('how much it can do is not known');
  const perSecond = Math.min(most / 2, MOST_ARRIVALS);
  const path = running.peer.paths[question.form]!;
  const request = requestBytes(path, question.contentType, question.body, question.headers);
  let right = 0;
  return withCpu(running, async () => {
    const started = performance.now();
    const count = Math.ceil(perSecond * seconds);
    const found = await arrive(running, request, { perSecond, count }, (body) => {
      right += Number(
        isRight(labelsIn(running.peer, question.form), question.expected, body.toString()),
      );
    });
    const { answers, refused, p50Ms, p99Ms } = found;
    const took = (performance.now() - started) / 1000;
    const wrong = answers - refused - right;
    return { right, wrong, refused, failed: 0, seconds: took, p50Ms, p99Ms };
  });
}

/** Callers beside which others send their body a byte at a time. */
async function measureBesideSlow(run: SceneRun): Promise<Figures> {
  const { running, question, seconds, send } = run;
  const path = running.peer.paths[question.form]!;
  const request = requestBytes(path, question.contentType, question.body, question.headers);
  const sockets = Array.from({ length: SLOW_CLIENTS }, () =>
    connect({ host: '127.0.0.1', port: running.port, noDelay: true }).on('error', () => {}),
  );
  const headEnd = request.indexOf('\r\n\r\n') + 4;
  for (const socket of sockets) socket.write(request.subarray(0, headEnd));
  let at = headEnd;
  const trickle = setInterval(() => {
    // The last byte never comes.
    const byte = request.subarray(at, Math.min(at + 1, request.length - 1));
    at += byte.length;
    for (const socket of sockets) if (byte.length > 0 && socket.writable) socket.write(byte);
  }, SLOW_BYTE_MS);
  try {
    await sleep(SLOW_BYTE_MS * 2);
    return await send(running, { question, connections: 32, seconds });
  } finally {
    clearInterval(trickle);
    for (const socket of sockets) socket.destroy();
  }
}

const MOST_ARRIVALS = 3_000;
const SLOW_CLIENTS = 64;
const SLOW_BYTE_MS = 50;

/** Every scene in the order of the tables; that of the arrivals needs the one of 32 connections before it. */
export const scenes: readonly Scene[] = [
  ...[1, 8, 32, 128, 256].map((connections): Scene => {
    const name = `PNG 28x28, ${connections} ${connections === 1 ? 'connection' : 'connections'}`;
    const isCore = connections === 1 || connections === 32;
    return { name, isCore, ...png, ...closedLoop(connections) };
  }),
  { name: 'PNG 28x28, half of saturation', ...png, measure: measureArrivals },
  { name: 'PNG 28x28, 32 beside 64 slow clients', ...png, measure: measureBesideSlow },
  { name: 'form, 1 file, 32 connections', isCore: true, ...files(1), ...closedLoop(32) },
  { name: 'form, 16 files, 8 connections', ...files(16), ...closedLoop(8) },
  { name: 'JPEG 640x480, 1 connection', isCore: true, ...jpeg(640, 480), ...closedLoop(1) },
  { name: 'JPEG 640x480, 32 connections', isCore: true, ...jpeg(640, 480), ...closedLoop(32) },
  { name: 'JPEG 12 MP, 2 connections', leastSeconds: 2, ...jpeg(4000, 3000), ...closedLoop(2) },
  { name: 'photo 640x480, 1 connection', ...photo, ...closedLoop(1) },
  { name: 'photo 640x480, 32 connections', isCore: true, ...photo, ...closedLoop(32) },
  { name: 'JSON, 8 images, 32 connections', isCore: true, ...json(8), ...closedLoop(32) },
  { name: 'JSON, 32 images, 16 connections', ...json(32), ...closedLoop(16) },
  { name: 'JSON, 32 images, 128 connections', ...json(32), ...closedLoop(128) },
  { name: 'OIP, 32 images, 8 connections', ...oip(32), ...closedLoop(8) },
  { name: 'OIP as bytes, 32 images, 8 connections', ...oipBinary(32), ...closedLoop(8) },
];
