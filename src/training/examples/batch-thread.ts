import { parentPort, workerData } from 'node:worker_threads';
import { restoreRandom, type RandomState } from '../../random.ts';
import type { Answer } from '../answering-thread.ts';
import { createBatches, type Batch, type BatchOptions } from './batches.ts';

/** The thread that makes batches ahead: the pixels are in shared memory, only batches are handed over. */
export interface BatchSetup extends Omit<BatchOptions, 'random'> {
  readonly randomState: RandomState;
}

export interface BatchRequest {
  readonly epoch: number;
  readonly number: number;
}

// Our own source starts this file and nobody else: it passes a BatchSetup.
// oxlint-disable-next-line typescript/no-unsafe-type-assertion
const { randomState, ...setup } = workerData as BatchSetup;
const batches = createBatches({ ...setup, random: restoreRandom(randomState) });

parentPort?.on('message', ({ epoch, number }: BatchRequest) => {
  try {
    const batch = batches.make(epoch, number);
    const reply: Answer<Batch> = { value: batch };
    parentPort?.postMessage(reply, [batch.examples.buffer, batch.targets.buffer]);
  } catch (error) {
    const reply: Answer<Batch> = {
      error: error instanceof Error ? error : new Error(String(error)),
    };
    parentPort?.postMessage(reply, []);
  }
});
