import type { CallInput, CallName, Schemas } from './call.ts';
import { GlimpseJobFailed, GlimpseUnreachable } from './errors.ts';
import { parseEvents } from './events.ts';

export type Job = Schemas['Job'];
export type TrainRequest = Schemas['TrainRequest'];
export type SearchRequest = Schemas['SearchRequest'];
export type PublishRequest = Schemas['PublishRequest'];

/** Something that happens to a job; `type` says what the data is. */
export type JobEvent =
  | { readonly type: 'epoch'; readonly data: Schemas['Epoch'] }
  | { readonly type: 'state'; readonly data: { readonly state: Schemas['JobState'] } }
  | { readonly type: 'trial'; readonly data: { readonly trial: Schemas['SearchTrial'] } }
  | { readonly type: 'note'; readonly data: { readonly note: string } }
  | {
      readonly type:
        | 'stage'
        | 'dataset'
        | 'net'
        | 'progress'
        | 'mistakes'
        | 'checkpoint'
        | 'finished'
        | 'predicted';
      readonly data: unknown;
    };

/** A later server may tell of more: whoever looks for types by their names passes these by. */
function isJobEvent(event: { readonly type: string; readonly data: unknown }): event is JobEvent {
  return event.type !== '';
}

/** A file to send: its bytes and its name, or a File. */
export type NamedFile = File | { readonly name: string; readonly data: Blob | Uint8Array };

export interface WaitOptions {
  readonly signal?: AbortSignal;
  /** Called for each event of the job as it happens. */
  readonly onEvent?: (event: JobEvent) => void;
}

/** How a job is asked about. */
export interface JobCalls {
  call(name: 'getJob', input: CallInput<'getJob'>): Promise<Job>;
  stream(name: CallName, input: CallInput<'followJob'>): Promise<Response>;
}

const ended: ReadonlySet<string> = new Set(['succeeded', 'failed', 'cancelled']);

function hasEnded({ state }: Pick<Job, 'state'>): boolean {
  return ended.has(state);
}

/** How long is waited before a stream that was lost is opened again. */
const againAfterMs = 1_000;

/**
 * The events of a job until it has ended. A stream that breaks is opened again, and goes on behind the last epoch that was told: none is
 * missed and none comes twice.
 */
export async function* eventsOf(
  calls: JobCalls,
  id: string,
  signal?: AbortSignal,
): AsyncGenerator<JobEvent> {
  let last: string | undefined;
  for (;;) {
    const headers = last === undefined ? {} : { 'last-event-id': last };
    const given = { path: { id }, headers, timeoutMs: Infinity, ...(signal && { signal }) };
    try {
      const response = await calls.stream('followJob', given);
      for await (const { type, id: eventId, data } of parseEvents(response.body!)) {
        last = eventId ?? last;
        const event = { type, data: JSON.parse(data) };
        if (isJobEvent(event)) yield event;
      }
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof GlimpseUnreachable || error instanceof TypeError)) throw error;
    }
    signal?.throwIfAborted();
    // A server that stops ends its streams: what has become of the job is for its record to say.
    if (hasEnded(await calls.call('getJob', { path: { id }, ...(signal && { signal }) }))) return;
    await new Promise((resolve) => setTimeout(resolve, againAfterMs));
  }
}

/** The record of a job when it has ended. GlimpseJobFailed when it did not succeed. */
export async function ending(
  calls: JobCalls,
  id: string,
  { signal, onEvent }: WaitOptions = {},
): Promise<Job> {
  for await (const event of eventsOf(calls, id, signal)) onEvent?.(event);
  const job = await calls.call('getJob', { path: { id }, ...(signal && { signal }) });
  if (job.state !== 'succeeded') throw new GlimpseJobFailed(job, job.error?.message);
  return job;
}

/** A form with the request as JSON and the files that belong to it. */
export function formOf(
  request: object,
  files: readonly (readonly [part: string, file: NamedFile])[],
): FormData {
  const form = new FormData();
  form.set('request', JSON.stringify(request));
  for (const [part, file] of files) {
    if (file instanceof File) form.append(part, file, file.name);
    else form.append(part, blobOf(file.data), file.name);
  }
  return form;
}

const blobOf = (data: Blob | Uint8Array): Blob =>
  data instanceof Blob ? data : new Blob([new Uint8Array(data)]);
