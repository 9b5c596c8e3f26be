import { isRecord } from '../json.ts';

/**
 * What lies on disk, in the form of today. Earlier versions wrote records without a kind (all jobs were trainings)
 * or a number of workers, and gave every job the four timings of a training.
 */
export function inPresentForm(stored: unknown): unknown {
  if (!isRecord(stored) || !isRecord(stored['record'])) return stored;
  const { kind = 'train', request, timings, ...rest } = stored['record'];
  const record = {
    ...rest,
    kind,
    request: kind === 'train' && isRecord(request) ? { workers: 1, ...request } : request,
    ...(timings !== undefined && { timings: ownTimings(kind, timings) }),
  };
  return { ...stored, record };
}

/** Only the stages that a job of this kind has. An import called what it did last `publish`. */
function ownTimings(kind: unknown, timings: unknown): unknown {
  if (!isRecord(timings) || !('train' in timings)) return timings;
  const { read, evaluate, publish } = timings;
  if (kind === 'evaluate') return { read, evaluate };
  return kind === 'import' ? { read, store: publish } : timings;
}
