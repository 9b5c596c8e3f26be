import { basename } from 'node:path';
import ort from 'onnxruntime-node';
import { errors, messageOf, withDetails } from '../errors.ts';

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
    const reason = messageOf(error);
    throw withDetails(
      new errors.GLIMPSE_MODEL_INVALID(
        `ONNX Runtime cannot open it. ${reason.replaceAll(file, basename(file))}`,
      ),
      {},
      error,
    );
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
