import { restoreRandom, type RandomState } from '../../random.ts';
import { serveThread, wholeBuffers } from '../../threads.ts';
import { createBatches, type Batch, type BatchOptions } from './batches.ts';

/** The pixels among them are in shared memory: only batches are handed over. */
export interface BatchSetup extends Omit<BatchOptions, 'random'> {
  readonly randomState: RandomState;
}

export interface BatchRequest {
  readonly epoch: number;
  readonly number: number;
}

/** The program of the thread that makes batches ahead. */
await serveThread<BatchSetup, BatchRequest, Batch>(({ randomState, ...setup }) => {
  const batches = createBatches({ ...setup, random: restoreRandom(randomState) });
  return {
    handle: ({ epoch, number }) => batches.make(epoch, number),
    transfer: ({ examples, targets }) => wholeBuffers(examples, targets),
  };
});
