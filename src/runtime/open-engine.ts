import { errors, isGlimpseError, messageOf, withDetails } from '../errors.ts';
import type { Tensor } from '../tensor.ts';
import { openOnnxRuntime } from './onnx-runtime.ts';
import type { ModelRuntime, OpenOptions } from './runtime.ts';

/** Which model a thread or a cell holds, and which engine opens it. */
export interface EngineOptions extends OpenOptions {
  readonly runtime: 'onnx' | 'tensorflow';
}

/** The results of a batch, and how long the engine was busy with them. */
export interface TimedResult {
  readonly outputs: Tensor;
  readonly tookMs: number;
}

/** An open model as a thread or a cell holds it. */
export interface Engine {
  infer(batch: Tensor): Promise<TimedResult>;
  close(): Promise<void>;
}

/** Opens a model on this thread. Whatever goes wrong with it, then and later, is a failure of the model. */
export async function openEngine(options: EngineOptions): Promise<Engine> {
  const model = await explained(openModel(options));
  return {
    async infer(batch) {
      const startedAt = performance.now();
      const outputs = await explained(model.infer(batch));
      return { outputs, tookMs: performance.now() - startedAt };
    },
    close: () => model.close(),
  };
}

async function openModel(options: EngineOptions): Promise<ModelRuntime> {
  if (options.runtime === 'onnx') return await openOnnxRuntime(options);
  // Loaded here only: what reads its files takes ten times as long to load as all the rest of a thread.
  const { importTensorflow, openTensorflowRuntime } = await import('./tensorflow-runtime.ts');
  return await openTensorflowRuntime(await importTensorflow(), options);
}

/** Also where an engine throws an error of its own. */
async function explained<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (isGlimpseError(error)) throw error;
    throw withDetails(new errors.GLIMPSE_RUNTIME_FAILED(messageOf(error)), {}, error);
  }
}
