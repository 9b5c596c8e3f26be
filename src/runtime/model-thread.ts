import { entryBeside, type Entry } from '../entry.ts';
import { errors } from '../errors.ts';
import type { Tensor } from '../tensor.ts';
import { startThread, wholeBuffers, type Thread } from '../threads.ts';
import type { ThreadInit, TimedResult } from './model-worker.ts';

/** One worker thread with one model open in it, from its start to its end. */
export interface ModelThread extends Pick<Thread<Tensor, TimedResult>, 'death' | 'close'> {
  /** How long the model took to open, without the start of the thread. */
  readonly openMs: number;
  infer(batch: Tensor): Promise<TimedResult>;
}

/** Starts a thread; resolves when its model is open, rejects with why it could not be opened. */
export async function startModelThread(
  init: ThreadInit,
  entry: Entry = entryBeside(import.meta.url, 'model-worker'),
): Promise<ModelThread> {
  let isOpen = false;
  const thread = startThread<Tensor, TimedResult>(entry, {
    data: init,
    does: 'runs a model',
    died: (reason) =>
      new errors.GLIMPSE_RUNTIME_FAILED(
        `its thread ended${isOpen ? '' : ' while opening it'}: ${reason}`,
      ),
  });
  const openMs = await thread.ready;
  isOpen = true;
  return {
    openMs,
    death: thread.death,
    infer: (batch) => thread.ask(batch, wholeBuffers(batch.data)),
    close: () => thread.close(),
  };
}
