import ort from 'onnxruntime-node';
import onnxBinding from 'onnxruntime-node/dist/binding.js';

/**
 * A session of ONNX Runtime on this thread, by the binding itself. What the package puts before it looks at every tensor
 * again, and runs the model a turn of the event loop later: for a small model that is a tenth of the whole prediction.
 */
export interface OnnxSession {
  readonly inputs: readonly ort.InferenceSession.ValueMetadata[];
  readonly outputs: readonly ort.InferenceSession.ValueMetadata[];
  /** The output of this name. Blocks the thread, and throws what the engine says. */
  run(input: string, tensor: ort.Tensor, output: string): ort.Tensor;
  close(): void;
}

type Binding = typeof onnxBinding.binding;
type NativeSession = InstanceType<Binding['InferenceSession']>;
type NativeMetadata = NativeSession['inputMetadata'][number];

/** Opens a graph of a file, or given as its bytes. Throws what the engine says. */
export function openOnnxSession(
  graph: string | Uint8Array,
  options: ort.InferenceSession.SessionOptions,
): OnnxSession {
  onnxBinding.initOrt();
  const session = new onnxBinding.binding.InferenceSession();
  if (typeof graph === 'string') session.loadModel(graph, options);
  else loadBytes(session, graph, options);
  return {
    get inputs() {
      return session.inputMetadata.map(described);
    },
    get outputs() {
      return session.outputMetadata.map(described);
    },
    run(input, tensor, output) {
      const results = session.run({ [input]: tensor }, { [output]: null }, {});
      return results[output]!;
    },
    close: () => session.dispose(),
  };
}

function loadBytes(
  session: NativeSession,
  graph: Uint8Array,
  options: ort.InferenceSession.SessionOptions,
): void {
  // The binding knows no memory that threads share.
  const own = graph.buffer instanceof ArrayBuffer ? graph.buffer : Uint8Array.from(graph).buffer;
  const offset = own === graph.buffer ? graph.byteOffset : 0;
  session.loadModel(own, offset, graph.byteLength, options);
}

/** The types of ONNX by their numbers (TensorProto.DataType). */
const elementTypes: readonly (ort.Tensor.Type | undefined)[] = [
  undefined,
  'float32',
  'uint8',
  'int8',
  'uint16',
  'int16',
  'int32',
  'int64',
  'string',
  'bool',
  'float16',
  'float64',
  'uint32',
  'uint64',
];

/** As the package describes it: an axis without a length by its name. */
function described(metadata: NativeMetadata): ort.InferenceSession.ValueMetadata {
  const { name, isTensor, shape, symbolicDimensions } = metadata;
  if (!isTensor) return { name, isTensor: false };
  const type = elementTypes[metadata.type];
  if (type === undefined) throw new Error(`"${name}" is of type ${metadata.type} of ONNX`);
  const axes = shape.map((length, axis) => (length >= 0 ? length : symbolicDimensions[axis]!));
  return { name, isTensor: true, type, shape: axes };
}
