import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Running as Server } from './processes.ts';

/** What the benches read of a job record. */
export interface Job {
  readonly id: string;
  readonly state: string;
  readonly history?: readonly unknown[];
  readonly error?: { readonly message: string };
}

const unfinished = new Set(['queued', 'running']);

async function askJson(url: string, init?: RequestInit): Promise<Job> {
  const answer = await fetch(url, init);
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as Job;
}

/** A server that takes jobs. */
type Running = Pick<Server, 'port' | 'pid'>;

const place = ({ port }: Running, id = ''): string =>
  `http://127.0.0.1:${port}/train${id && `/${id}`}`;

export function submitJob(server: Running, body: object): Promise<Job> {
  return askJson(place(server), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

/** Asks every so often until the job has ended; throws unless it succeeded. */
export async function untilSucceeded(server: Running, { id }: Job, everyMs = 25): Promise<Job> {
  for (;;) {
    const job = await askJson(place(server, id));
    if (job.state === 'succeeded') return job;
    if (!unfinished.has(job.state)) throw new Error(`training ${job.state}: ${job.error?.message}`);
    await sleep(everyMs);
  }
}

export interface RunningJob {
  readonly id: string;
  /** The training process. */
  readonly pid: number;
}

/** Starts a job and waits until its first epoch has ended: from then on it trains and does nothing else. */
export async function startJob(server: Running, body: object): Promise<RunningJob> {
  const { id } = await submitJob(server, body);
  while ((await epochsOf(server, { id })) === 0) await sleep(50);
  const [pid] = childrenOf(server.pid);
  if (pid === undefined) throw new Error('a job is running, but the server has no child process');
  return { id, pid };
}

/** How many epochs the job has ended; throws unless it is on its way. */
export async function epochsOf(server: Running, { id }: { id: string }): Promise<number> {
  const { error, history, state } = await askJson(place(server, id));
  if (!unfinished.has(state)) throw new Error(`training ${state}: ${error?.message}`);
  return history?.length ?? 0;
}

/** Cancels it and waits until its process is gone. */
export async function cancelJob(server: Running, { id }: RunningJob): Promise<void> {
  await askJson(place(server, id), { method: 'DELETE' });
  while (unfinished.has((await askJson(place(server, id))).state)) await sleep(50);
}

function childrenOf(pid: number): number[] {
  const listed = execFileSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' });
  return listed.trim().split(/\s+/).filter(Boolean).map(Number);
}
