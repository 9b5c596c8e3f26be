import ort from 'onnxruntime-node';
import { cannotOpen } from './onnx-errors.ts';

/** One input or output of a graph; an axis without a fixed length has a name instead of a number. */
export interface GraphPort {
  readonly name: string;
  readonly type: string;
  readonly shape: readonly (number | string)[];
}

/** What an ONNX file takes and gives, read from the file itself. Rejects with GLIMPSE_MODEL_INVALID. */
export async function inspectOnnx(
  file: string,
): Promise<{ inputs: GraphPort[]; outputs: GraphPort[] }> {
  let session: ort.InferenceSession;
  try {
    session = await ort.InferenceSession.create(file, { logSeverityLevel: 3 });
  } catch (error) {
    throw cannotOpen(error, file);
  }
  try {
    return {
      inputs: session.inputMetadata.map(toPort),
      outputs: session.outputMetadata.map(toPort),
    };
  } finally {
    await session.release();
  }
}

function toPort(value: ort.InferenceSession.ValueMetadata): GraphPort {
  return value.isTensor
    ? { name: value.name, type: value.type, shape: value.shape }
    : { name: value.name, type: 'not a tensor', shape: [] };
}
