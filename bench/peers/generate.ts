import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../../scripts/foreign/run.ts';
import { messageOf } from '../../src/errors.ts';
import { load, requestBytes } from '../load.ts';
import { labelsIn, type RunningPeer } from './peer.ts';
import { treeCpuMs } from './process-tree.ts';
import { isRight, type Question } from './questions.ts';

/** What came back of a load. Only answers that are right count as work done. */
export interface Counts {
  readonly right: number;
  readonly wrong: number;
  /** Answers other than 200. */
  readonly refused: number;
  /** Connections that broke, and requests without an answer. */
  readonly failed: number;
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface Figures extends Counts {
  readonly rightPerSecond: number;
  /** Processor time of the peer with all its processes for one right answer. */
  readonly cpuMs: number;
}

export interface Load {
  readonly question: Question;
  readonly connections: number;
  readonly seconds: number;
  /** Taken in turns; unless given, the path of the peer for this form. */
  readonly paths?: readonly string[];
}

/** Sends one load to a peer, closed loop: every connection has one request at a time. */
export type Generator = (running: RunningPeer, load: Load) => Promise<Figures>;

/** Figures of whatever was counted while `send` was at it. */
export async function withCpu({ pid }: RunningPeer, send: () => Promise<Counts>): Promise<Figures> {
  const before = treeCpuMs(pid);
  const counts = await send();
  const cpuMs = (treeCpuMs(pid) - before) / counts.right;
  return { ...counts, rightPerSecond: counts.right / counts.seconds, cpuMs };
}

/** wrk where it is, else our own client, and which of them. */
export async function openGenerator(): Promise<{ name: string; send: Generator }> {
  // It tells its version and then ends with 1.
  const said = await run('wrk', ['-v']).catch(messageOf);
  const found = /wrk \S*\d[^\s[]*/.exec(said)?.[0];
  if (found !== undefined) return { name: found, send: sendByWrk };
  console.error(
    'NO wrk HERE (Debian: apt-get install wrk): the load comes from the client of bench/load.ts, which needs more of the machine; figures of fast scenes are lower for all.',
  );
  return { name: 'the client of bench/load.ts, in a process of its own', send: sendByNode };
}

/** As wrk.lua reads them, a line for each. */
const headersOf = ({ contentType, headers = {} }: Question): string =>
  Object.entries({ 'Content-Type': contentType, ...headers })
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n');

const script = join(import.meta.dirname, 'wrk.lua');

async function sendByWrk(running: RunningPeer, load: Load): Promise<Figures> {
  const { question, connections, seconds } = load;
  const { peer, port } = running;
  const folder = await mkdtemp(join(tmpdir(), 'bench-peers-body-'));
  try {
    const body = join(folder, 'body');
    await writeFile(body, question.body);
    const paths = load.paths ?? [peer.paths[question.form]!];
    const about = ['-t', '1', '-c', String(connections), '-d', `${Math.ceil(seconds)}s`];
    const asked = [
      body,
      headersOf(question),
      labelsIn(peer, question.form),
      question.expected,
      ...paths,
    ];
    const args = [...about, '--timeout', '10s', '-s', script, `http://127.0.0.1:${port}`];
    return await withCpu(running, async () => {
      const said = await run('wrk', [...args, '--', ...asked], {
        timeoutMs: seconds * 1000 + 30_000,
      });
      const result = /^RESULT (.*)$/m.exec(said)?.[1];
      if (result === undefined) throw new Error(`wrk said ${said}`);
      return JSON.parse(result) as Counts;
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function sendByNode(running: RunningPeer, given: Load): Promise<Figures> {
  const { question, connections, seconds } = given;
  const { peer } = running;
  const path = (given.paths ?? [peer.paths[question.form]!])[0]!;
  const request = requestBytes(path, question.contentType, question.body, question.headers);
  let right = 0;
  return withCpu(running, async () => {
    const { answers, refused, perSecond, p50Ms, p99Ms } = await load(
      running,
      request,
      connections,
      seconds,
      (body) =>
        (right += Number(
          isRight(labelsIn(peer, question.form), question.expected, body.toString()),
        )),
    );
    const wrong = answers - refused - right;
    return { right, wrong, refused, failed: 0, seconds: answers / perSecond, p50Ms, p99Ms };
  });
}
