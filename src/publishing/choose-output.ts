import { errors } from '../errors.ts';
import { outputTypes } from '../runtime/element-types.ts';
import type { GraphPort } from '../runtime/inspect-onnx.ts';
import { sizeOf } from '../tensor.ts';

/** What decides which output of a graph holds the scores. */
export interface OutputWish {
  readonly name: string | undefined;
  /** The axis of the batch, where the graph has a number there. */
  readonly batch: number | string | undefined;
}

/** Types that scores may have: the last is brought into the first. */
const scoreTypes: readonly string[] = [...outputTypes, 'float64'];

/**
 * The output that holds a score for each of so many classes, or one score that tells two classes apart. Where nobody
 * has named the classes, any output of scores. GLIMPSE_MODEL_INVALID with the outputs there are, unless it is one.
 */
export function chooseOutput(
  outputs: readonly GraphPort[],
  classes: number | undefined,
  { name, batch }: OutputWish,
): GraphPort {
  const named = name === undefined ? outputs : outputs.filter((output) => output.name === name);
  const scores = named.filter(({ type }) => scoreTypes.includes(type));
  const counts = new Map(scores.map((output) => [output, scoresOf(output, batch)]));
  const having = (count: number): GraphPort[] =>
    scores.filter((output) => counts.get(output) === count);
  const open = scores.filter((output) => counts.get(output) === undefined);
  const groups =
    classes === undefined
      ? [scores]
      : [having(classes), open, ...(classes === 2 ? [having(1)] : [])];
  const found = groups.find((group) => group.length > 0) ?? [];
  if (found.length === 1) return found[0]!;
  const what = classes === undefined ? 'scores' : `scores for ${classes} classes`;
  throw new errors.GLIMPSE_MODEL_INVALID(
    `${found.length === 0 ? 'no' : 'more than one'} output ${name === undefined ? '' : `called "${name}" `}gives ${what} of ${outputTypes.join(' or ')}: it has ${outputs.map(portInWords).join(' and ')}. Name one with --output, or correct --classes.`,
  );
}

/** How many scores an output gives for an image; undefined where the graph leaves it open. */
export function scoresOf({ shape }: GraphPort, batch: OutputWish['batch']): number | undefined {
  if (shape.length === 0) return undefined;
  const [first, ...rest] = shape;
  // A graph for a batch of one may have dropped its axis on the way.
  const isDropped = typeof batch === 'number' && first !== batch;
  const count = product(isDropped ? shape : rest);
  return isDropped && count !== undefined ? count / batch : count;
}

/** Undefined where one of them is a name. */
function product(lengths: GraphPort['shape']): number | undefined {
  return lengths.every((length) => typeof length === 'number') ? sizeOf(lengths) : undefined;
}

/** A port as refusals tell it. */
export function portInWords({ name, type, shape }: GraphPort): string {
  return `"${name}" of ${type} [${shape.join(', ')}]`;
}
