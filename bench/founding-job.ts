import { median } from './machine.ts';
import { startGlimpse } from './processes.ts';

/** What the bench reads of a job record. */
interface Job {
  readonly id: string;
  readonly state: string;
  readonly error?: { message: string };
}

const running = new Set(['queued', 'running']);

async function askJson<T>(url: string, init?: RequestInit): Promise<T> {
  const answer = await fetch(url, init);
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as T;
}

async function seconds(port: number, seed: number): Promise<number> {
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
  return (performance.now() - started) / 1000;
}

/**
 * Seconds from POST /train with nothing but defaults to the published version: the process, reading,
 * training, measuring and publishing. The middle of some rounds on one server.
 */
export async function foundingJobSeconds(mnist: string, rounds: number): Promise<number> {
  const server = await startGlimpse({ GLIMPSE_MNIST_DIR: mnist });
  try {
    const found: number[] = [];
    for (let round = 1; round <= rounds; round++) found.push(await seconds(server.port, round));
    return median(found);
  } finally {
    await server.stop();
  }
}
