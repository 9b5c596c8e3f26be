import { useEffect, useState } from 'preact/hooks';
import { call } from '../api/call.ts';
import { eventsOf } from '../api/event-stream.ts';
import type { Epoch, Job } from '../api/job-shapes.ts';
import { hasEnded } from './until-ended.ts';

export interface Followed {
  readonly job: Job | undefined;
  /** Of the epoch that runs, from 0 to 1. */
  readonly progress: number;
  readonly error: unknown;
}

/** Where a job is asked for: by what it is. */
export type JobPlace = 'train' | 'searches';

/** A job with everything that happens to it: its events while it goes on, and its record at each change. */
export function useJob(id: string, place: JobPlace = 'train'): Followed {
  const [state, setState] = useState<Followed>({ job: undefined, progress: 0, error: undefined });
  useEffect(() => {
    const leaving = new AbortController();
    follow({ id, place }, leaving.signal, setState).catch((error: unknown) => {
      if (!leaving.signal.aborted) setState((before) => ({ ...before, error }));
    });
    return () => leaving.abort();
  }, [id, place]);
  return state;
}

type Change = (after: (before: Followed) => Followed) => void;

interface Asked {
  readonly id: string;
  readonly place: JobPlace;
}

async function follow(asked: Asked, signal: AbortSignal, change: Change): Promise<void> {
  const { id } = asked;
  let lastId: string | undefined;
  for (;;) {
    const job = await refresh(asked, signal, change);
    if (hasEnded(job)) return;
    for await (const event of eventsOf<Epoch & Step>(`/train/${id}/events`, signal, lastId)) {
      lastId = event.id ?? lastId;
      if (event.type === 'epoch') change((before) => withEpoch(before, event.data));
      else if (event.type === 'progress') change((before) => withProgress(before, event.data));
      // Of everything else the record tells all.
      else await refresh(asked, signal, change);
    }
    // The stream ends with the job, or with the connection: the record says which.
    await new Promise((resolve) => {
      setTimeout(resolve, 500);
    });
  }
}

interface Step {
  readonly step: number;
  readonly steps: number;
}

async function refresh({ id, place }: Asked, signal: AbortSignal, change: Change): Promise<Job> {
  const job = await call<Job>(`/${place}/${id}`, { signal });
  change((before) => ({ ...before, job, error: undefined }));
  return job;
}

function withEpoch(before: Followed, epoch: Epoch): Followed {
  if (!before.job) return before;
  const history = [...before.job.history.filter((each) => each.epoch < epoch.epoch), epoch];
  return { ...before, progress: 0, job: { ...before.job, history } };
}

function withProgress(before: Followed, { step, steps }: Step): Followed {
  return { ...before, progress: step / steps };
}
