import { call } from '../api/call.ts';
import type { Job } from '../api/job-shapes.ts';

export function hasEnded({ state }: Pick<Job, 'state'>): boolean {
  return state === 'succeeded' || state === 'failed' || state === 'cancelled';
}

/** The record of a short job when it has ended. */
export async function untilEnded(id: string): Promise<Job> {
  for (;;) {
    const job = await call<Job>(`/train/${id}`);
    if (hasEnded(job)) return job;
    await new Promise((resolve) => {
      setTimeout(resolve, 400);
    });
  }
}
