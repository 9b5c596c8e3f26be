import type { Kept } from './kept-process.ts';

const JOBS = 11;

/** How long it takes from a job's being accepted to the begin of its attempt, with and without a queue between. */
export async function measureHop(local: Kept, shared: Kept): Promise<boolean> {
  const figures = new Map<string, number[]>();
  // In turns, so that whatever else the machine does is the same for both.
  for (let number = 0; number < JOBS; number += 1) {
    for (const [name, server] of [
      ['local', local],
      ['bullmq', shared],
    ] as const) {
      const request = { model: 'hop', epochs: 1, seed: number };
      const job = await server.post('/train', request, undefined, 'wait=60');
      if (job.createdAt === undefined || job.startedAt === undefined) return true;
      const waitedMs = Date.parse(job.startedAt) - Date.parse(job.createdAt);
      figures.set(name, [...(figures.get(name) ?? []), waitedMs]);
    }
  }
  for (const [name, waits] of figures) {
    const sorted = waits.toSorted((a, b) => a - b);
    console.log(
      `${name}: from submit to start ${sorted[Math.floor(JOBS / 2)]} ms in the middle, ${sorted[0]} to ${sorted.at(-1)} ms`,
    );
  }
  return false;
}
