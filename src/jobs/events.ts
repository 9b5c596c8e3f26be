import { hasEnded, stateEvent, type JobEvent, type JobRecord } from './record.ts';

/** Publishes the events of jobs to listeners; a slow listener does not delay the others. */
export interface JobEvents {
  publish(id: string, event: JobEvent): void;
  /**
   * What happened to a job so far (dataset, epochs after `after`, its state), then what happens, until
   * it has ended or the signal is raised. No epoch is missed and none comes twice.
   */
  follow(record: JobRecord, options: FollowOptions): AsyncGenerator<JobEvent>;
  /** Ends every listener. */
  close(): void;
}

export interface FollowOptions {
  readonly signal: AbortSignal;
  /** The last epoch the listener knows: where it was when its connection broke. */
  readonly after?: number;
}

interface Listener {
  readonly waiting: JobEvent[];
  wake: () => void;
  isClosed: boolean;
}

/** Events for any number of listeners; none is kept for those who come later. */
export function createJobEvents(): JobEvents {
  const listeners = new Map<string, Set<Listener>>();
  return {
    publish(id, event) {
      for (const listener of listeners.get(id) ?? []) push(listener, event);
    },
    async *follow(record, { signal, after = 0 }) {
      const listener: Listener = { waiting: [], wake: () => {}, isClosed: false };
      // Listening starts before the past is replayed, so that no event falls between the two.
      const ours = listeners.get(record.id) ?? new Set();
      listeners.set(record.id, ours.add(listener));
      const onAbort = (): void => closeListener(listener);
      signal.addEventListener('abort', onAbort);
      let lastEpoch = after;
      try {
        yield* replay(record, after);
        lastEpoch = Math.max(after, record.history.at(-1)?.epoch ?? 0);
        if (hasEnded(record)) return;
        for await (const event of drain(listener, signal)) {
          if (event.type === 'epoch' && event.epoch.epoch <= lastEpoch) continue;
          if (event.type === 'epoch') lastEpoch = event.epoch.epoch;
          yield event;
          if (event.type === 'state' && hasEnded(event)) return;
        }
      } finally {
        signal.removeEventListener('abort', onAbort);
        ours.delete(listener);
        if (ours.size === 0) listeners.delete(record.id);
      }
    },
    close() {
      for (const ours of listeners.values()) for (const one of ours) closeListener(one);
    },
  };
}

function* replay(record: JobRecord, after: number): Generator<JobEvent> {
  if (record.dataset) yield { type: 'dataset', dataset: record.dataset };
  for (const epoch of record.history) if (epoch.epoch > after) yield { type: 'epoch', epoch };
  if (record.progress) yield { type: 'predicted', progress: record.progress };
  yield stateEvent(record);
}

async function* drain(listener: Listener, signal: AbortSignal): AsyncGenerator<JobEvent> {
  while (!signal.aborted) {
    const next = listener.waiting.shift();
    if (next) yield next;
    else if (listener.isClosed) return;
    else await new Promise<void>((resolve) => (listener.wake = resolve));
  }
}

function push(listener: Listener, event: JobEvent): void {
  const { waiting } = listener;
  // Of progress only the newest counts, so a listener that does not read holds little.
  const isProgress = event.type === 'progress' || event.type === 'predicted';
  if (isProgress && waiting.at(-1)?.type === event.type) waiting.pop();
  waiting.push(event);
  listener.wake();
}

function closeListener(listener: Listener): void {
  listener.isClosed = true;
  listener.wake();
}
