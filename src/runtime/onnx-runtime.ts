import { setImmediate as nextTurn } from 'node:timers/promises';
import type { InferenceSession } from 'onnxruntime-node';
import { errors, messageOf, withDetails } from '../errors.ts';
import { sizeOf, type Tensor } from '../tensor.ts';
import { cannotOpen } from './onnx-errors.ts';
import { openOnnxSession, type OnnxSession } from './onnx-session.ts';
import { batchAxisOf, checkInput, checkOutput } from './onnx-signature.ts';
import { inputTensor, outputNumbers } from './onnx-tensors.ts';
import type { ModelRuntime, OpenOptions } from './runtime.ts';

/** A graph without files beside it may be given as its bytes. */
interface OnnxOptions extends Omit<OpenOptions, 'file'> {
  readonly file: string | Uint8Array;
}

/**
 * Opens an ONNX file on this thread. Both opening and every run block the thread: the binding is a
 * synchronous native call. Rejects with GLIMPSE_MODEL_INVALID when the graph is not what the signature says.
 */
export async function openOnnxRuntime(options: OnnxOptions): Promise<ModelRuntime> {
  const { signature } = options;
  const session = openSession(options);
  try {
    checkInput(session.inputs, signature);
    checkOutput(session.outputs, signature);
  } catch (error) {
    session.close();
    throw error;
  }
  const fixedBatch = batchAxisOf(session.inputs);
  const run = (batch: Tensor): Tensor => runSession(session, batch, options);
  return {
    place: 'inline',
    unhealthyReason: undefined,
    infer: async (batch) =>
      fixedBatch === undefined ? run(batch) : await runInChunks(run, batch, fixedBatch),
    close: async () => session.close(),
  };
}

function openSession({ file, threads }: OnnxOptions): OnnxSession {
  try {
    const options: InferenceSession.SessionOptions = {
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      graphOptimizationLevel: 'all',
      logSeverityLevel: 3,
      // Idle threads of the pool sleep: the processor belongs to decoding between two batches.
      extra: { session: { intra_op: { allow_spinning: '0' } } },
    };
    return openOnnxSession(file, options);
  } catch (error) {
    throw cannotOpen(error, typeof file === 'string' ? file : undefined);
  }
}

function runSession(
  session: OnnxSession,
  batch: Tensor,
  { signature: { input, output, classes } }: OnnxOptions,
): Tensor {
  const shape = [batch.shape[0]!, classes.length];
  const tensor = inputTensor(input.dtype, batch.data, batch.shape);
  const result = explained(() => session.run(input.name, tensor, output.name));
  const data = outputNumbers(result);
  if (data?.length !== sizeOf(shape)) {
    throw new errors.GLIMPSE_RUNTIME_FAILED(
      `"${output.name}" came out as ${result.type} [${result.dims.join(', ')}], not float32 [${shape.join(', ')}]`,
    );
  }
  return { shape, data };
}

function explained<Result>(run: () => Result): Result {
  try {
    return run();
  } catch (error) {
    throw withDetails(new errors.GLIMPSE_RUNTIME_FAILED(messageOf(error)), {}, error);
  }
}

/**
 * A graph exported with a fixed batch axis runs as often as needed, its last run padded with zeros. Between two runs the
 * thread looks at what else has come.
 */
async function runInChunks(
  run: (batch: Tensor) => Tensor,
  batch: Tensor,
  chunkSize: number,
): Promise<Tensor> {
  const [count = 0, ...shape] = batch.shape;
  const size = sizeOf(shape);
  const rows: Float32Array[] = [];
  for (let from = 0; from < count; from += chunkSize) {
    if (from > 0) await nextTurn();
    const data = new Float32Array(chunkSize * size);
    data.set(batch.data.subarray(from * size, Math.min(count, from + chunkSize) * size));
    const { data: answers } = run({ shape: [chunkSize, ...shape], data });
    rows.push(answers);
  }
  const classes = rows[0]!.length / chunkSize;
  const data = new Float32Array(count * classes);
  rows.forEach((answers, index) => {
    const from = index * chunkSize * classes;
    data.set(answers.subarray(0, data.length - from), from);
  });
  return { shape: [count, classes], data };
}
