import { isRecord } from '../../json.ts';
import type { InnerAnswer } from '../connections/inner-call.ts';
import { GrpcFailure, grpcStatus } from './grpc-status.ts';

/** A message of the protocol, as protobufjs makes it: fields that were not sent are missing. */
export interface InferMessage {
  readonly model_name?: string;
  readonly model_version?: string;
  readonly id?: string;
  readonly parameters?: Readonly<Record<string, InferParameter>>;
  readonly inputs?: readonly InputMessage[];
  readonly outputs?: readonly {
    readonly name?: string;
    readonly parameters?: Readonly<Record<string, InferParameter>>;
  }[];
  readonly raw_input_contents?: readonly Buffer[];
}

interface InputMessage {
  readonly name?: string;
  readonly datatype?: string;
  readonly shape?: readonly number[];
  readonly contents?: Readonly<Record<string, readonly unknown[]>>;
}

/** One of its fields is there. */
type InferParameter = Readonly<Record<string, unknown>>;

/** The body of the same call over HTTP, and how much of it is JSON. */
export function bodyOf(message: InferMessage): {
  readonly body: Buffer;
  readonly jsonBytes: number;
} {
  const { id, inputs = [], outputs = [], raw_input_contents: raw = [] } = message;
  if (raw.length > 0 && raw.length !== inputs.length) {
    throw bad(`raw_input_contents has ${raw.length} tensors, of ${inputs.length} inputs.`);
  }
  const pieces = inputs.map((input, at) => {
    const piece = raw[at];
    if (piece === undefined) return bytesOfContents(input);
    // MLServer's client sends an empty message of contents beside raw ones.
    if (Object.values(input.contents ?? {}).some(({ length }) => length > 0)) {
      throw bad(`the input "${input.name}" has contents and raw contents.`);
    }
    return piece;
  });
  const json = Buffer.from(
    JSON.stringify({
      ...(id !== undefined && { id }),
      parameters: { ...plain(message.parameters), binary_data_output: true },
      inputs: inputs.map(({ name = '', datatype = '', shape = [] }, at) => ({
        name,
        datatype,
        shape,
        parameters: { binary_data_size: pieces[at]!.length },
      })),
      outputs: outputs.map(({ name = '', parameters }) => ({
        name,
        parameters: { ...plain(parameters), binary_data: true },
      })),
    }),
  );
  return { body: Buffer.concat([json, ...pieces]), jsonBytes: json.length };
}

function plain(parameters: Readonly<Record<string, InferParameter>> = {}): Record<string, unknown> {
  const entries = Object.entries(parameters).map(([name, choice]) => [
    name,
    Object.values(choice)[0],
  ]);
  return Object.fromEntries(entries);
}

type Numbers = {
  new (length: number): { [at: number]: number; buffer: ArrayBufferLike; length: number };
};

/** Where typed contents of a datatype stand, and as what numbers they are sent; 64 bits are no whole numbers beyond 2 ** 53. */
const typed: Readonly<Record<string, { readonly field: string; readonly numbers?: Numbers }>> = {
  BOOL: { field: 'bool_contents', numbers: Uint8Array },
  INT8: { field: 'int_contents', numbers: Int8Array },
  INT16: { field: 'int_contents', numbers: Int16Array },
  INT32: { field: 'int_contents', numbers: Int32Array },
  INT64: { field: 'int64_contents' },
  UINT8: { field: 'uint_contents', numbers: Uint8Array },
  UINT16: { field: 'uint_contents', numbers: Uint16Array },
  UINT32: { field: 'uint_contents', numbers: Uint32Array },
  UINT64: { field: 'uint64_contents' },
  FP32: { field: 'fp32_contents', numbers: Float32Array },
  FP64: { field: 'fp64_contents', numbers: Float64Array },
};

function bytesOfContents({ name = '', datatype = '', contents = {} }: InputMessage): Buffer {
  if (datatype === 'BYTES') return joined(contents['bytes_contents'] ?? []);
  const kind = Object.hasOwn(typed, datatype) ? typed[datatype] : undefined;
  if (!kind) throw bad(`the input "${name}" has no contents of the datatype "${datatype}".`);
  const values = contents[kind.field] ?? [];
  if (!kind.numbers) {
    const words = BigInt64Array.from(values, (value) => BigInt(Number(value)));
    return Buffer.from(words.buffer);
  }
  const numbers = new kind.numbers(values.length);
  const isWhole = datatype !== 'FP32' && datatype !== 'FP64';
  values.forEach((value, at) => {
    const number = Number(value);
    numbers[at] = number;
    if (isWhole && numbers[at] !== number) throw bad(`${number} is no ${datatype}.`);
  });
  return Buffer.from(numbers.buffer);
}

/** Elements each with their length in front. */
function joined(elements: readonly unknown[]): Buffer {
  return Buffer.concat(
    elements.flatMap((element) => {
      const bytes = element instanceof Uint8Array ? element : Buffer.alloc(0);
      const length = Buffer.alloc(4);
      length.writeUInt32LE(bytes.length);
      return [length, bytes];
    }),
  );
}

/** The message of an answer: with typed contents for who sent such, else with raw ones. */
export function messageOfAnswer({ headers, body }: InnerAnswer, isTyped: boolean): object {
  const jsonBytes = Number(headers['inference-header-content-length'] ?? body.length);
  const answer: unknown = JSON.parse(body.subarray(0, jsonBytes).toString());
  if (!isRecord(answer) || !Array.isArray(answer['outputs'])) {
    throw new GrpcFailure(grpcStatus.INTERNAL, 'The answer cannot be read.');
  }
  let at = jsonBytes;
  const raw: Buffer[] = [];
  const outputs = answer['outputs']
    .filter(isRecord)
    .map(({ name, datatype, shape, parameters }) => {
      const size = isRecord(parameters) ? Number(parameters['binary_data_size']) : 0;
      const bytes = body.subarray(at, at + size);
      at += size;
      raw.push(bytes);
      const described = { name, datatype, shape };
      return isTyped ? { ...described, contents: contentsOf(datatype, bytes) } : described;
    });
  const { model_name, model_version, id, parameters } = answer;
  const known = {
    model_name,
    model_version,
    outputs,
    ...(id !== undefined && { id }),
    ...(isRecord(parameters) && { parameters: textsOf(parameters) }),
  };
  return isTyped ? known : { ...known, raw_output_contents: raw };
}

/** What an answer tells beside its outputs is text. */
function textsOf(parameters: Readonly<Record<string, unknown>>): Record<string, InferParameter> {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, value]) => [name, { string_param: String(value) }]),
  );
}

function contentsOf(datatype: unknown, bytes: Buffer): object {
  if (datatype === 'FP32') {
    const numbers = new Float32Array(bytes.length / Float32Array.BYTES_PER_ELEMENT);
    new Uint8Array(numbers.buffer).set(bytes);
    return { fp32_contents: Array.from(numbers) };
  }
  const elements: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += 4 + elements.at(-1)!.length) {
    elements.push(bytes.subarray(at + 4, at + 4 + bytes.readUInt32LE(at)));
  }
  return { bytes_contents: elements };
}

function bad(sentence: string): GrpcFailure {
  return new GrpcFailure(grpcStatus.INVALID_ARGUMENT, `The request is malformed: ${sentence}`);
}
