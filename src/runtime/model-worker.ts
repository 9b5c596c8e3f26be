import { strict as assert } from 'node:assert';
import { parentPort, workerData } from 'node:worker_threads';
import { openOnnxRuntime } from './onnx-runtime.ts';
import type { ModelRuntime } from './runtime.ts';
import { importTensorflow, openTensorflowRuntime } from './tensorflow-runtime.ts';
import {
  movable,
  packError,
  type FromThread,
  type ThreadInit,
  type ToThread,
} from './worker-protocol.ts';

/**
 * The thread of one model: opens it, answers batches in order of arrival, and ends when told to close.
 * Started by model-thread.ts only.
 */
assert(parentPort, 'a model thread is started as a worker');
const port = parentPort;
const say = (message: FromThread, move: ArrayBuffer[] = []): void =>
  port.postMessage(message, move);

const init: ThreadInit = workerData;
try {
  const openedAt = performance.now();
  const model = await openModel(init);
  port.on('message', (message: ToThread) => void obey(model, message));
  say({ kind: 'opened', openMs: performance.now() - openedAt });
} catch (error) {
  say({ kind: 'refused', failure: packError(error) });
}

async function openModel(init: ThreadInit): Promise<ModelRuntime> {
  if (init.runtime === 'onnx') return await openOnnxRuntime(init);
  return await openTensorflowRuntime(await importTensorflow(), init);
}

async function obey(model: ModelRuntime, message: ToThread): Promise<void> {
  if (message.kind === 'close') {
    await model.close();
    port.close();
    return;
  }
  const { id, batch } = message;
  try {
    const startedAt = performance.now();
    const outputs = await model.infer(batch);
    const tookMs = performance.now() - startedAt;
    say({ kind: 'answer', id, outputs, tookMs }, movable(outputs));
  } catch (error) {
    say({ kind: 'failed', id, failure: packError(error) });
  }
}
