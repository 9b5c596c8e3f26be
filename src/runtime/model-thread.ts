import { entryBeside, type Entry } from '../entry.ts';
import { errors } from '../errors.ts';
import type { Tensor } from '../tensor.ts';
import { startThread, wholeBuffers } from '../threads.ts';
import {
  createLimitsInTurn,
  timedOut,
  within,
  type ModelHost,
  type ModelLimits,
} from './model-host.ts';
import type { EngineOptions, TimedResult } from './open-engine.ts';

export interface ModelThreadOptions {
  readonly engine: EngineOptions;
  readonly limits: Pick<ModelLimits, 'openMs'>;
  /** A thread inside of its model was left to itself: until it has ended it keeps the process from exiting. */
  readonly onAbandon: (ended: Promise<void>) => void;
  /** Ends the wait for its opening. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Starts a thread; resolves when its model is open, rejects with why it could not be opened. Nothing can end a
 * thread inside of a native call: one that overruns a limit is said to be stuck until it comes back.
 */
export async function startModelThread(
  { engine, limits, onAbandon, signal }: ModelThreadOptions,
  entry: Entry = entryBeside(import.meta.url, 'model-worker'),
): Promise<ModelHost> {
  let isOpen = false;
  const thread = startThread<Tensor, TimedResult>(entry, {
    data: engine,
    does: 'runs a model',
    died: (reason) =>
      new errors.GLIMPSE_RUNTIME_FAILED(
        `its thread ended${isOpen ? '' : ' while opening it'}: ${reason}`,
      ),
  });
  // It ends by force, should it come back from its model after all.
  const abandon = (): void => onAbandon(thread.close());
  const tooLate = (): Error => timedOut('GLIMPSE_OPEN_TIMEOUT_MS', limits.openMs);
  const openMs = await within(thread.ready, limits.openMs, tooLate, signal).catch((error) => {
    if (!thread.hasEnded) abandon();
    throw error;
  });
  isOpen = true;
  let unhealthyReason: string | undefined;
  const recover = (): void => {
    unhealthyReason = undefined;
  };
  const withinInTurn = createLimitsInTurn();

  return {
    place: 'worker',
    openMs,
    death: thread.death,
    get unhealthyReason() {
      return unhealthyReason;
    },
    infer: async (batch, limitMs) => {
      const result = thread.ask(batch, wholeBuffers(batch.data));
      // What lies behind a batch that does not come back is not waited for.
      const limit = (): number => (unhealthyReason === undefined ? limitMs : 0);
      return await withinInTurn(result, limit, () => {
        unhealthyReason = `a batch has been running for more than ${Math.ceil(limitMs)} ms, and a thread cannot be ended inside of its model.`;
        result.then(recover, recover);
        return timedOut('GLIMPSE_BATCH_TIMEOUT_MS', limitMs);
      });
    },
    residentBytes: async () => process.memoryUsage.rss(),
    close: async () => {
      if (unhealthyReason === undefined) await thread.close();
      else abandon();
    },
  };
}
