import { spawn } from 'node:child_process';
import { mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../processes.ts';
import { isRight, type Question } from './questions.ts';
import { endTree } from './process-tree.ts';

/** A body that a scene sends: one image as it is, images in a form, pixels in JSON, or the Open Inference Protocol. */
export type Form = 'image' | 'files' | 'json' | 'oip' | 'oip-binary';

/** What a peer is started on. */
export interface Home {
  /** The model that all of them serve. */
  readonly model: string;
  /** A folder of this start, to write into. */
  readonly folder: string;
  readonly port: number;
}

export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** Where the labels stand in an answer of the Open Inference Protocol that has one output. */
const oipLabels = '"data":%s*%[([^%]]*)%]';

/** The Lua pattern that captures the labels in what a peer answers to this form. */
export const labelsIn = ({ label }: Peer, form: Form): string =>
  form.startsWith('oip') ? oipLabels : label;

/** A server that answers the scenes. */
export interface Peer {
  readonly name: string;
  readonly title: string;
  /** Where it takes each form; a form that is not here is one that it does not speak. */
  readonly paths: Readonly<Partial<Record<Form, string>>>;
  /** A Lua pattern that captures the label of each image in its answer, in all forms but those of that protocol. */
  readonly label: string;
  /** Whether it takes part in a scene of this name; unless given, in all but those of photos. */
  takes?(scene: string): boolean;
  /** Fetches what it needs, once; throws MissingTool where that is not to be had. The versions of what it runs on. */
  install(): Promise<string>;
  command(home: Home): Promise<Command>;
}

export interface RunningPeer {
  readonly peer: Peer;
  readonly port: number;
  readonly pid: number;
  /** From the start of the process to its first right answer. */
  readonly startMs: number;
  stop(): Promise<void>;
}

/** Starts a peer and waits for its first right answer. */
export async function startPeer(
  peer: Peer,
  { model, folder }: Omit<Home, 'port'>,
  question: Question,
  deadlineMs = 90_000,
): Promise<RunningPeer> {
  await mkdir(folder, { recursive: true });
  const port = await freePort();
  const { program, args, env, cwd } = await peer.command({ model, folder, port });
  const said = join(folder, 'stderr.log');
  const file = await open(said, 'w');
  const started = performance.now();
  const child = spawn(program, args, {
    cwd: cwd ?? folder,
    stdio: ['ignore', 'ignore', file.fd],
    env: { ...process.env, ...env },
  });
  await file.close();
  let failure: string | undefined;
  child.once('error', (error) => (failure = error.message));
  child.once('exit', (code, signal) => (failure ??= `it ended with ${code ?? signal}`));
  const pid = child.pid ?? 0;
  const stop = async (): Promise<void> => {
    if (pid > 0) await endTree(pid);
  };
  while (!(await answersRightly(peer, port, question))) {
    if (performance.now() - started > deadlineMs) failure ??= `no right answer in ${deadlineMs} ms`;
    if (failure !== undefined) {
      await stop();
      const text = await readFile(said, 'utf8');
      throw new Error(`${peer.name}: ${failure}\n${text.slice(-2000)}`);
    }
    await sleep(5);
  }
  return { peer, port, pid, startMs: performance.now() - started, stop };
}

async function answersRightly(peer: Peer, port: number, question: Question): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}${peer.paths[question.form]!}`, {
      method: 'POST',
      headers: { 'content-type': question.contentType, ...question.headers },
      body: new Uint8Array(question.body),
      signal: AbortSignal.timeout(5_000),
    });
    const text = await response.text();
    return (
      response.status === 200 && isRight(labelsIn(peer, question.form), question.expected, text)
    );
  } catch {
    return false;
  }
}
