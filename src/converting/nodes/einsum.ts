import { shown, shownShape, unsupported } from '../refusals.ts';
import { ofWritten, writtenOf, type Tensor } from '../tensors/tensor.ts';
import { isKnown, type Datum, type NodeCall, type NodeKind } from './node-call.ts';
import { weightsOf } from './operands.ts';
import { shapeOf } from './shapes.ts';

/** Letters that stand for axes, in the order in which those are named that "..." stands for. */
const letters = 'zyxwvutsrqponmlkjihgfedcbaZYXWVUTSRQPONMLKJIHGFEDCBA'.split('');

/** The axes of an equation: of each value that is taken, and of what is made. */
interface Equation {
  readonly taken: readonly string[];
  readonly made: string;
}

/** "abc,cd->abd" with a letter for each axis that "..." stands for; in the result those are the most that any value has. */
function equationOf({ attributes, title }: NodeCall, data: readonly Datum[]): Equation {
  const text = attributes.text('equation', '').replaceAll(' ', '');
  const unclear = unsupported(`${title} has the equation ${shown(text)}`);
  const [left = '', made, ...others] = text.split('->');
  const taken = left.split(',');
  if (made === undefined || others.length > 0 || taken.length !== data.length) throw unclear;
  const free = letters.filter((letter) => !text.includes(letter));
  const gaps = taken.map((term, at) => shapeOf(data[at]!).length - term.replace('...', '').length);
  const longest = Math.max(0, ...gaps.filter((_, at) => taken[at]!.includes('...')));
  if (longest > free.length) throw unclear;
  const named = (term: string, gap: number): string =>
    term.replace('...', free.slice(longest - gap, longest).join(''));
  const terms = taken.map((term, at) => named(term, Math.max(0, gaps[at]!)));
  const areNamed = terms.every(
    (term, at) => term.length === shapeOf(data[at]!).length && isPlain(term),
  );
  const result = named(made, longest);
  if (areNamed && isPlain(result)) return { taken: terms, made: result };
  throw unclear;
}

/** Letters only, and each once: a diagonal is not taken. */
const isPlain = (term: string): boolean =>
  /^[a-zA-Z]*$/.test(term) && new Set(term).size === term.length;

/** A sum of products over axes. The images stay one by one: their axis is the first of what is computed and of the result. */
const einsum: NodeKind = (call): Tensor => {
  const { graph, title } = call;
  const data = Array.from({ length: call.count }, (_, at) => call.input(at));
  const { taken, made } = equationOf(call, data);
  const lengths = new Map<string, number>();
  for (const [at, term] of taken.entries()) {
    for (const [axis, letter] of term.split('').entries()) {
      const length = shapeOf(data[at]!)[axis]!;
      if ((lengths.get(letter) ?? length) !== length) {
        throw unsupported(
          `${title} has axes of ${lengths.get(letter)} and ${length} in one letter`,
        );
      }
      lengths.set(letter, length);
    }
  }
  const shape = made.split('').map((letter) => lengths.get(letter) ?? 0);
  const images = data.map((datum, at) => (isKnown(datum) ? undefined : taken[at]![0]));
  const isApart = images.every((letter) => letter === undefined || letter === made[0]);
  if (!isApart || shape[0] !== -1 || shape.includes(0)) {
    throw unsupported(`${title} sums over the images, or makes ${shownShape(shape)} of them`);
  }
  const values = data.map((datum, at) =>
    isKnown(datum) ? graph.weights(weightsOf(datum, title)) : writtenOf(graph, call.tensor(at)),
  );
  const equation = { string: `${taken.join(',')}->${made}` };
  return ofWritten(graph.node('Einsum', values, shape, { attributes: { equation } }));
};

/** Nodes whose equation says what they sum. */
export const einsumNodes: Readonly<Record<string, NodeKind>> = { Einsum: einsum };
