import { setTimeout as wait } from 'node:timers/promises';
import { entryBeside } from '../entry.ts';
import { errors } from '../errors.ts';
import { startThread } from '../threads.ts';
import type { ConvertedModel, ConvertRequest } from './convert-file.ts';
import { unreadable } from './refusals.ts';

/** Objects of configurations, which are small beside the weights; a file that makes more ends its thread. */
const heapMiB = 1024;

export interface ConvertLimits {
  readonly limitMs: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Converts a model file on a thread of its own, which is ended when it takes longer than it may. Rejects with
 * GLIMPSE_MODEL_FILE_INVALID, GLIMPSE_MODEL_FILE_TOO_LARGE, GLIMPSE_MODEL_UNSUPPORTED or GLIMPSE_MODEL_TIMEOUT.
 */
export async function convertModel(
  request: ConvertRequest,
  { limitMs, signal }: ConvertLimits,
): Promise<ConvertedModel> {
  const thread = startThread<ConvertRequest, ConvertedModel>(
    entryBeside(import.meta.url, 'convert-worker'),
    {
      does: 'converts a model',
      heapMiB,
      died: (reason) => unreadable(`the thread that read it ended: ${reason}`),
      closeGraceMs: 0,
    },
  );
  const ended = new AbortController();
  const late = async (): Promise<never> => {
    const either = signal ? AbortSignal.any([signal, ended.signal]) : ended.signal;
    await wait(limitMs, undefined, { signal: either });
    throw new errors.GLIMPSE_MODEL_TIMEOUT(
      'converted',
      Math.ceil(limitMs),
      'GLIMPSE_OPEN_TIMEOUT_MS',
    );
  };
  try {
    const converted = thread.ready.then(() => thread.ask(request));
    return await Promise.race([converted, late()]);
  } finally {
    ended.abort();
    await thread.close();
  }
}
