import { errors } from '../../../errors.ts';
import { isRecord } from '../../../json.ts';
import type { InferTensor } from './infer-tensors.ts';

/** An infer request as its JSON describes it. */
export interface InferRequest {
  readonly tensor: InferTensor;
  /** How many bytes of the body are the tensor's; undefined where it came as JSON. */
  readonly binarySize: number | undefined;
  readonly wanted: InferWanted;
}

/** What a request asks for beside its images. */
export interface InferWanted {
  /** Comes back. */
  readonly id?: string;
  /** None means: what the model gives. */
  readonly outputs: readonly WantedOutput[];
  /** How outputs are sent that do not say otherwise. */
  readonly isBinary: boolean;
  readonly timeoutMs?: number;
  readonly isBulk: boolean;
}

export interface WantedOutput {
  readonly name: string;
  /** So many of the best classes as text instead of the numbers of all. */
  readonly classification?: number;
  readonly isBinary?: boolean;
}

/** Nobody needs an output twice. */
const mostOutputs = 16;
const mostAxes = 8;
/** Requests of this priority and those before it (1 is the highest, 0 the default) are answered as others are. */
const lastOnline = 1;

/** Fields that are not known are left alone, as other servers do. GLIMPSE_BAD_REQUEST says what is wrong with the others. */
export function readInferRequest(body: Record<string, unknown>): InferRequest {
  const { id, inputs } = body;
  if (id !== undefined && typeof id !== 'string') throw bad('"id" must be a text.');
  if (!Array.isArray(inputs)) throw bad('it must have "inputs", a list with one tensor.');
  if (inputs.length !== 1) {
    throw bad(`it has ${inputs.length} inputs; every model here takes one.`);
  }
  const parameters = recordIn(body, 'parameters');
  const timeoutMs = timeoutOf(parameters);
  const wanted = {
    ...(id !== undefined && { id }),
    outputs: outputsOf(body),
    isBinary: flagIn(parameters, 'binary_data_output') ?? false,
    ...(timeoutMs !== undefined && { timeoutMs }),
    isBulk: (countIn(parameters, 'priority') ?? 0) > lastOnline,
  };
  return { ...tensorOf(inputs[0]), wanted };
}

function tensorOf(given: unknown): Pick<InferRequest, 'tensor' | 'binarySize'> {
  if (!isRecord(given)) throw bad('an input must be an object.');
  const { name, datatype, shape, data } = given;
  if (typeof name !== 'string') throw bad('an input must have a "name".');
  if (typeof datatype !== 'string') throw bad(`the input "${brief(name)}" has no "datatype".`);
  if (!isShape(shape)) {
    throw bad(
      `the "shape" of the input "${brief(name)}" must be a list of at most ${mostAxes} whole numbers from 0 on.`,
    );
  }
  const binarySize = countIn(recordIn(given, 'parameters'), 'binary_data_size');
  if ((binarySize === undefined) === (data === undefined)) {
    throw bad(`the input "${brief(name)}" must have "data", or a binary_data_size and bytes.`);
  }
  return { tensor: { name, datatype, shape, list: data }, binarySize };
}

function isShape(shape: unknown): shape is number[] {
  return (
    Array.isArray(shape) &&
    shape.length <= mostAxes &&
    shape.every((length) => Number.isSafeInteger(length) && length >= 0)
  );
}

function outputsOf(body: Record<string, unknown>): WantedOutput[] {
  const { outputs = [] } = body;
  if (!Array.isArray(outputs)) throw bad('"outputs" must be a list.');
  if (outputs.length > mostOutputs) throw bad(`it asks for more than ${mostOutputs} outputs.`);
  return outputs.map((output: unknown) => {
    if (!isRecord(output) || typeof output['name'] !== 'string') {
      throw bad('an output must be an object with a "name".');
    }
    const parameters = recordIn(output, 'parameters');
    const classification = countIn(parameters, 'classification') ?? 0;
    const isBinary = flagIn(parameters, 'binary_data');
    return {
      name: output['name'],
      ...(classification > 0 && { classification }),
      ...(isBinary !== undefined && { isBinary }),
    };
  });
}

/** Microseconds in the request; none, and 0, mean the deadline of the server. */
function timeoutOf(parameters: Record<string, unknown>): number | undefined {
  const timeout = countIn(parameters, 'timeout') ?? 0;
  return timeout === 0 ? undefined : Math.ceil(timeout / 1000);
}

function recordIn(fields: Record<string, unknown>, name: string): Record<string, unknown> {
  const value = fields[name] ?? {};
  if (isRecord(value)) return value;
  throw bad(`"${name}" must be an object.`);
}

/** A whole number from 0 on; clients write large ones as text, too. */
function countIn(parameters: Record<string, unknown>, name: string): number | undefined {
  const value = parameters[name];
  if (value === undefined) return undefined;
  const count = typeof value === 'string' && /^\d{1,20}$/.test(value) ? Number(value) : value;
  if (typeof count === 'number' && Number.isInteger(count) && count >= 0) return count;
  throw bad(`the parameter "${name}" must be a whole number from 0 on.`);
}

function flagIn(parameters: Record<string, unknown>, name: string): boolean | undefined {
  const value = parameters[name];
  if (value === undefined || typeof value === 'boolean') return value;
  throw bad(`the parameter "${name}" must be true or false.`);
}

const brief = (text: string): string => text.slice(0, 100);

function bad(sentence: string): Error {
  return new errors.GLIMPSE_BAD_REQUEST(sentence);
}
