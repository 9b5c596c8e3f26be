import type { Signature } from '../../../signature.ts';
import { filesInput, scoresOutput, signatures } from './signatures.ts';

/** What is known of a version, as far as this protocol can say it. */
export interface ServedVersion {
  readonly version: number;
  readonly state: 'UNLOADED' | 'LOADING' | 'READY' | 'UNLOADING' | 'UNAVAILABLE';
  readonly reason?: { readonly message: string } | undefined;
}

/** UNLOADED is known and could be loaded, which nobody has begun; UNAVAILABLE is at its end, and its status says why. */
const states = {
  UNLOADED: 'START',
  LOADING: 'LOADING',
  READY: 'AVAILABLE',
  UNLOADING: 'UNLOADING',
  UNAVAILABLE: 'END',
} as const satisfies Record<ServedVersion['state'], string>;

/** The answer to a question after versions, the newest first; `ready` is what KServe asks the same address for. */
export function statusDocument(name: string, versions: readonly ServedVersion[]) {
  return {
    model_version_status: versions
      .toSorted((one, other) => other.version - one.version)
      .map(({ version, state, reason }) => ({
        version: String(version),
        state: states[state],
        status:
          reason === undefined
            ? { error_code: 'OK', error_message: '' }
            : { error_code: 'UNKNOWN', error_message: reason.message },
      })),
    name,
    ready: versions.some(({ state }) => state === 'READY'),
  };
}

/** What a version takes and gives. The names of tensors in a graph end with the number of the output, which is always 0. */
export function metadataDocument(
  name: string,
  version: number,
  { input, output, classes }: Signature,
) {
  const tensor = tensorInfo('DT_FLOAT', input.name, [-1, ...input.shape]);
  const files = tensorInfo('DT_STRING', filesInput, [-1]);
  const scores = tensorInfo('DT_FLOAT', output.name, [-1, classes.length]);
  const predict = (inputs: Record<string, TensorInfo>) => ({
    inputs,
    outputs: { [scoresOutput]: scores },
    method_name: 'tensorflow/serving/predict',
  });
  const signatureDef = {
    [signatures.tensor]: predict({ [input.name]: tensor }),
    [signatures.files]: predict({ [filesInput]: files }),
    [signatures.classify]: {
      inputs: { inputs: files },
      outputs: {
        classes: tensorInfo('DT_STRING', 'classes', [-1, classes.length]),
        scores,
      },
      method_name: 'tensorflow/serving/classify',
    },
  };
  return {
    model_spec: { name, signature_name: '', version: String(version) },
    metadata: { signature_def: { signature_def: signatureDef } },
  };
}

type TensorInfo = ReturnType<typeof tensorInfo>;

/** Sizes are 64 bit in this protocol, and therefore text in its JSON. */
function tensorInfo(dtype: 'DT_FLOAT' | 'DT_STRING', name: string, shape: readonly number[]) {
  return {
    dtype,
    tensor_shape: {
      dim: shape.map((size) => ({ size: String(size), name: '' })),
      unknown_rank: false,
    },
    name: `${name}:0`,
  };
}
