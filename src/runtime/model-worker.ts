import { errors, isGlimpseError, messageOf, withDetails } from '../errors.ts';
import type { Tensor } from '../tensor.ts';
import { serveThread, wholeBuffers } from '../threads.ts';
import { openOnnxRuntime } from './onnx-runtime.ts';
import type { ModelRuntime, OpenOptions } from './runtime.ts';

/** What a model thread is started with. */
export interface ThreadInit extends OpenOptions {
  readonly runtime: 'onnx' | 'tensorflow';
}

/** The answers to a batch, and how long the thread was busy with them. */
export interface TimedResult {
  readonly outputs: Tensor;
  readonly tookMs: number;
}

/** The program of the thread of one model, started by model-thread.ts. */
await serveThread<ThreadInit, Tensor, TimedResult>(async (init) => {
  const model = await explained(openModel(init));
  return {
    async handle(batch) {
      const startedAt = performance.now();
      const outputs = await explained(model.infer(batch));
      return { outputs, tookMs: performance.now() - startedAt };
    },
    transfer: ({ outputs }) => wholeBuffers(outputs.data),
    close: () => model.close(),
  };
});

async function openModel(init: ThreadInit): Promise<ModelRuntime> {
  if (init.runtime === 'onnx') return await openOnnxRuntime(init);
  // Loaded here only: what reads its files takes ten times as long to load as all the rest of this thread.
  const { importTensorflow, openTensorflowRuntime } = await import('./tensorflow-runtime.ts');
  return await openTensorflowRuntime(await importTensorflow(), init);
}

/** Whatever goes wrong with a model is its failure, also where an engine throws an error of its own. */
async function explained<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (isGlimpseError(error)) throw error;
    throw withDetails(new errors.GLIMPSE_RUNTIME_FAILED(messageOf(error)), {}, error);
  }
}
