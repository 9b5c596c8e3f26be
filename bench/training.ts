import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { median } from './machine.ts';
import { mnistFolder } from './mnist.ts';
import { startGlimpse } from './processes.ts';

export interface TrainingFigures {
  readonly data: string;
  /** From the POST to the published version: process, reading, training, evaluation, publishing. */
  readonly wholeSeconds: number;
  /** The epochs alone, as the job's own history says. */
  readonly epochsSeconds: number;
  readonly accuracy: number | undefined;
  readonly tfjsSeconds: number;
  readonly tfjsAccuracy: number | undefined;
}

/** What the bench reads of a job record. */
interface Job {
  readonly id: string;
  readonly state: string;
  readonly history: { seconds: number }[];
  readonly metrics?: { accuracy?: number };
  readonly error?: { message: string };
}

const running = new Set(['queued', 'running']);

async function askJson<T>(url: string, init?: RequestInit): Promise<T> {
  const answer = await fetch(url, init);
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as T;
}

/** Trains the founding example through POST /train with nothing but defaults. */
async function foundingJob(port: number, seed: number): Promise<{ job: Job; seconds: number }> {
  const base = `http://127.0.0.1:${port}/train`;
  const started = performance.now();
  let job = await askJson<Job>(base, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ seed }),
  });
  while (running.has(job.state)) {
    await new Promise((resolve) => {
      setTimeout(resolve, 25);
    });
    job = await askJson<Job>(`${base}/${job.id}`);
  }
  if (job.state !== 'succeeded') throw new Error(`training ${job.state}: ${job.error?.message}`);
  return { job, seconds: (performance.now() - started) / 1000 };
}

/** The founding example here and in tf.js, one after the other, on the same examples where MNIST is at hand. */
export async function measureTraining(
  rounds: number,
  report: (line: string) => void,
): Promise<TrainingFigures> {
  const folder = mnistFolder();
  const server = await startGlimpse(folder ? { GLIMPSE_MNIST_DIR: folder } : {});
  const jobs: { job: Job; seconds: number }[] = [];
  try {
    for (let round = 0; round < rounds; round++) {
      jobs.push(await foundingJob(server.port, round + 1));
      report(`founding example through POST /train: ${jobs.at(-1)!.seconds.toFixed(2)} s`);
    }
  } finally {
    await server.stop();
  }
  const tfjs = JSON.parse(
    execFileSync(
      process.execPath,
      ['--import', 'tsx', join(import.meta.dirname, 'tfjs-founding.ts')],
      { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
    ),
  ) as { seconds: number; accuracy?: number };
  report(`the same net in tf.js, wasm backend: ${tfjs.seconds.toFixed(2)} s`);
  const accuracies = jobs.flatMap(({ job }) => job.metrics?.accuracy ?? []);
  return {
    data: folder ? 'MNIST' : 'digits we draw ourselves, because MNIST is not on this machine',
    wholeSeconds: median(jobs.map(({ seconds }) => seconds)),
    epochsSeconds: median(
      jobs.map(({ job }) => job.history.reduce((sum, { seconds }) => sum + seconds, 0)),
    ),
    accuracy: accuracies.length > 0 ? median(accuracies) : undefined,
    tfjsSeconds: tfjs.seconds,
    tfjsAccuracy: tfjs.accuracy,
  };
}
