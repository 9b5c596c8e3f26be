import { submitJob, untilSucceeded } from './jobs.ts';
import { median } from './machine.ts';
import { startGlimpse } from './processes.ts';

/**
 * Seconds from POST /train with nothing but defaults to the published version: the process, reading,
 * training, measuring and publishing. The middle of some rounds on one server.
 */
export async function foundingJobSeconds(mnist: string, rounds: number): Promise<number> {
  const server = await startGlimpse({ GLIMPSE_MNIST_DIR: mnist });
  try {
    const found: number[] = [];
    for (let seed = 1; seed <= rounds; seed++) {
      const started = performance.now();
      await untilSucceeded(server, await submitJob(server, { seed }));
      found.push((performance.now() - started) / 1000);
    }
    return median(found);
  } finally {
    await server.stop();
  }
}
