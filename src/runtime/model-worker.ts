import type { Tensor } from '../tensor.ts';
import { freeAtOnce, serveThread, wholeBuffers } from '../threads.ts';
import { openEngine, type EngineOptions, type TimedResult } from './open-engine.ts';

/** The program of the thread of one model, started by model-thread.ts. */
await serveThread<EngineOptions, Tensor, TimedResult>(async (options) => {
  const engine = await openEngine(options);
  return {
    handle: async (batch) => {
      const result = await engine.infer(batch);
      freeAtOnce(batch.data);
      return result;
    },
    transfer: ({ outputs }) => wholeBuffers(outputs.data),
    close: () => engine.close(),
  };
});
