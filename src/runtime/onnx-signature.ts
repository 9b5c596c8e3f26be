import type { InferenceSession } from 'onnxruntime-node';
import { errors } from '../errors.ts';
import type { Signature } from '../signature.ts';
import { sizeOf } from '../tensor.ts';
import { isOutputType, outputTypes } from './element-types.ts';

/** What a graph says about its inputs and outputs, held against what the manifest's signature says. */
type Metadata = InferenceSession.ValueMetadata;

/** Throws GLIMPSE_MODEL_INVALID unless the graph takes exactly the one input of the signature. */
export function checkInput(inputs: readonly Metadata[], { input }: Signature): void {
  const wished = `one input "${input.name}" of ${input.dtype} [N, ${input.shape.join(', ')}]`;
  const [first] = inputs;
  if (!first || inputs.length > 1 || first.name !== input.name) throw differs(wished, inputs);
  if (!first.isTensor || first.type !== input.dtype) throw differs(wished, inputs);
  // A graph may keep its rank to itself, or an axis (a name instead of a number); a run then tells.
  const [, ...shape] = first.shape;
  if (first.shape.length === 0) return;
  const fits = shape.every(
    (length, axis) => typeof length === 'string' || length === input.shape[axis],
  );
  if (shape.length !== input.shape.length || !fits) throw differs(wished, inputs);
}

/** Throws GLIMPSE_MODEL_INVALID unless the graph gives the output of the signature, one row of classes each. */
export function checkOutput(
  outputs: readonly Metadata[],
  { input: { batch = NaN }, output, classes }: Signature,
): void {
  const wished = `an output "${output.name}" of ${outputTypes.join(' or ')} [N, ${classes.length}]`;
  const found = outputs.find(({ name }) => name === output.name);
  if (!found?.isTensor || !isOutputType(found.type)) throw differs(wished, outputs);
  const [, ...shape] = found.shape;
  if (shape.some((length) => typeof length === 'string') || found.shape.length === 0) return;
  const fits = sizeOf(shape.map(Number)) === classes.length;
  // A graph for so many examples and no others may have dropped the axis of the batch.
  const isDropped = sizeOf(found.shape.map(Number)) === batch * classes.length;
  if (!fits && !isDropped) throw differs(wished, outputs);
}

/** The number of examples every run must have, for a graph whose batch axis is fixed. */
export function batchAxisOf([input]: readonly Metadata[]): number | undefined {
  const length = input?.isTensor ? input.shape[0] : undefined;
  return typeof length === 'number' ? length : undefined;
}

function differs(wished: string, found: readonly Metadata[]): Error {
  return new errors.GLIMPSE_MODEL_INVALID(
    `the signature says ${wished}, and the graph has ${found.map(inWords).join(' and ')}.`,
  );
}

function inWords(value: Metadata): string {
  return value.isTensor
    ? `"${value.name}" of ${value.type} [${value.shape.join(', ')}]`
    : `"${value.name}", which is no tensor`;
}
