import { errors } from '../../../errors.ts';
import type { PredictResult } from '../../../serving/predictor.ts';
import type { Signature } from '../../../signature.ts';
import { bestOf, rawScores, servedScores } from '../class-scores.ts';
import { warningsText } from '../warnings-text.ts';
import type { InferWanted, WantedOutput } from './infer-request.ts';

/** An output of an answer: numbers in rows, or texts. */
export type OutputTensor = {
  readonly name: string;
  readonly shape: readonly number[];
} & (
  | { readonly datatype: 'FP32'; readonly numbers: Float32Array }
  | { readonly datatype: 'BYTES'; readonly texts: readonly string[] }
);

/** Outputs that every model has beside its own. */
const derivedOutputs = ['probabilities', 'label', 'score'] as const;

/** GLIMPSE_BAD_REQUEST for an output that the model does not have. */
export function checkOutputs(
  wanted: readonly WantedOutput[],
  { output: { name: own } }: Signature,
): void {
  const known: readonly string[] = [own, ...derivedOutputs];
  const unknown = wanted.find(({ name }) => !known.includes(name));
  if (unknown === undefined) return;
  throw new errors.GLIMPSE_BAD_REQUEST(
    `the model has no output "${unknown.name.slice(0, 100)}"; there are ${known.join(', ')}.`,
  );
}

/** The outputs that were asked for, all of which there are; those of the model where none were. */
export function outputsOf(result: PredictResult, { outputs }: InferWanted): OutputTensor[] {
  const own = rawScores(result).signature.output.name;
  return (outputs.length > 0 ? outputs : [{ name: own }]).map((wanted) =>
    outputOf(result, wanted, own),
  );
}

function outputOf(result: PredictResult, wanted: WantedOutput, own: string): OutputTensor {
  const { name, classification } = wanted;
  const { predictions } = result;
  if (name !== own && name !== 'probabilities') {
    const shape = [predictions.length];
    const found = predictions.flatMap((each) => ('error' in each ? [] : [each]));
    return name === 'label'
      ? { name, shape, datatype: 'BYTES', texts: found.map(({ label }) => label) }
      : { name, shape, datatype: 'FP32', numbers: Float32Array.from(found, ({ score }) => score) };
  }
  const { classes, rows } = name === own ? rawScores(result) : servedScores(result);
  if (classification === undefined) {
    const shape = [rows.length, classes.length];
    return { name, shape, datatype: 'FP32', numbers: inOnePiece(rows, classes.length) };
  }
  const count = Math.min(classification, classes.length);
  const texts = rows.flatMap((row) =>
    bestOf(row, count).map((at) => `${row[at]!.toFixed(6)}:${at}:${classes[at]}`),
  );
  return { name, shape: [rows.length, count], datatype: 'BYTES', texts };
}

function inOnePiece(rows: readonly ArrayLike<number>[], size: number): Float32Array {
  const numbers = new Float32Array(rows.length * size);
  rows.forEach((row, at) => numbers.set(row, at * size));
  return numbers;
}

/** An answer as it is sent. */
export interface WrittenAnswer {
  readonly body: string | Buffer;
  /** How many bytes of it are JSON, where others stand behind it. */
  readonly jsonBytes: number | undefined;
}

/** Writes the outputs into the JSON, or behind it as bytes, as each was asked for. */
export function writeAnswer(
  result: Pick<PredictResult, 'model' | 'version' | 'predictions'>,
  outputs: readonly OutputTensor[],
  wanted: InferWanted,
): WrittenAnswer {
  const pieces: Buffer[] = [];
  const described = outputs.map((output, at) => {
    const { name, shape, datatype } = output;
    const isBinary = wanted.outputs[at]?.isBinary ?? wanted.isBinary;
    if (!isBinary) return { name, datatype, shape, data: listOf(output) };
    const bytes = bytesOf(output);
    pieces.push(bytes);
    return { name, datatype, shape, parameters: { binary_data_size: bytes.length } };
  });
  const { id } = wanted;
  const warnings = warningsText(result);
  const json = JSON.stringify({
    model_name: result.model,
    model_version: String(result.version),
    ...(id !== undefined && { id }),
    ...(warnings !== undefined && { parameters: { glimpse_warnings: warnings } }),
    outputs: described,
  });
  if (pieces.length === 0) return { body: json, jsonBytes: undefined };
  const head = Buffer.from(json);
  return { body: Buffer.concat([head, ...pieces]), jsonBytes: head.length };
}

/** JSON has no numbers that are not finite: GLIMPSE_RUNTIME_FAILED. */
function listOf(output: OutputTensor): number[] | readonly string[] {
  if (output.datatype === 'BYTES') return output.texts;
  const numbers = Array.from(output.numbers);
  if (numbers.every(Number.isFinite)) return numbers;
  throw new errors.GLIMPSE_RUNTIME_FAILED('it answers with numbers that are not finite');
}

/** Little-endian, as every machine is that this runs on; texts each with their length in front. */
function bytesOf(output: OutputTensor): Buffer {
  if (output.datatype === 'FP32') {
    const { buffer, byteOffset, byteLength } = output.numbers;
    return Buffer.from(buffer, byteOffset, byteLength);
  }
  return Buffer.concat(
    output.texts.flatMap((text) => {
      const bytes = Buffer.from(text);
      const length = Buffer.alloc(4);
      length.writeUInt32LE(bytes.length);
      return [length, bytes];
    }),
  );
}
