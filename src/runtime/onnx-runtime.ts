import ort from 'onnxruntime-node';
import { errors, messageOf, withDetails } from '../errors.ts';
import { sizeOf, type Tensor } from '../tensor.ts';
import { cannotOpen } from './onnx-errors.ts';
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
  const session = await openSession(options);
  try {
    checkInput(session.inputMetadata, signature);
    checkOutput(session.outputMetadata, signature);
  } catch (error) {
    await session.release();
    throw error;
  }
  const fixedBatch = batchAxisOf(session.inputMetadata);
  const run = (batch: Tensor): Promise<Tensor> => runSession(session, batch, options);
  return {
    place: 'inline',
    unhealthyReason: undefined,
    infer: fixedBatch === undefined ? run : (batch) => runInChunks(run, batch, fixedBatch),
    close: () => session.release(),
  };
}

async function openSession({ file, threads }: OnnxOptions): Promise<ort.InferenceSession> {
  try {
    const options: ort.InferenceSession.SessionOptions = {
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      graphOptimizationLevel: 'all',
      logSeverityLevel: 3,
      // Idle threads of the pool sleep: the processor belongs to decoding between two batches.
      extra: { session: { intra_op: { allow_spinning: '0' } } },
    };
    return typeof file === 'string'
      ? await ort.InferenceSession.create(file, options)
      : await ort.InferenceSession.create(file, options);
  } catch (error) {
    throw cannotOpen(error, typeof file === 'string' ? file : undefined);
  }
}

async function runSession(
  session: ort.InferenceSession,
  batch: Tensor,
  { signature: { input, output, classes } }: OnnxOptions,
): Promise<Tensor> {
  const shape = [batch.shape[0]!, classes.length];
  const result = await runOrExplain(session, output.name, {
    [input.name]: inputTensor(input.dtype, batch.data, batch.shape),
  });
  const data = outputNumbers(result);
  if (data?.length !== sizeOf(shape)) {
    throw new errors.GLIMPSE_RUNTIME_FAILED(
      `"${output.name}" came out as ${result.type} [${result.dims.join(', ')}], not float32 [${shape.join(', ')}]`,
    );
  }
  return { shape, data };
}

async function runOrExplain(
  session: ort.InferenceSession,
  output: string,
  feeds: Record<string, ort.Tensor>,
): Promise<ort.Tensor> {
  try {
    const results = await session.run(feeds, [output]);
    return results[output]!;
  } catch (error) {
    throw withDetails(new errors.GLIMPSE_RUNTIME_FAILED(messageOf(error)), {}, error);
  }
}

/** A graph exported with a fixed batch axis runs as often as needed, its last run padded with zeros. */
async function runInChunks(
  run: (batch: Tensor) => Promise<Tensor>,
  batch: Tensor,
  chunkSize: number,
): Promise<Tensor> {
  const [count = 0, ...shape] = batch.shape;
  const size = sizeOf(shape);
  const rows: Float32Array[] = [];
  for (let from = 0; from < count; from += chunkSize) {
    const data = new Float32Array(chunkSize * size);
    data.set(batch.data.subarray(from * size, Math.min(count, from + chunkSize) * size));
    const { data: answers } = await run({ shape: [chunkSize, ...shape], data });
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
