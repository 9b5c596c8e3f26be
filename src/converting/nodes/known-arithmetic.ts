import { sizeOf } from '../../tensor.ts';
import { emptyKnown, type Allowance, type Known, type NumberKind } from '../graphs/known.ts';
import { shownShape, unsupported } from '../refusals.ts';

/** Each number by itself. */
export function mapKnown(
  known: Known,
  compute: (value: number) => number,
  allowance: Allowance,
): Known {
  const out = emptyKnown(known.kind, known.shape, allowance);
  for (const [at, value] of known.data.entries()) out.data[at] = compute(value);
  return out;
}

/** Two arrays that broadcast as NumPy's do. */
export function combineKnown(
  a: Known,
  b: Known,
  compute: (a: number, b: number) => number,
  allowance: Allowance,
  kind: NumberKind = a.kind,
): Known {
  const shape = broadcastKnown(a.shape, b.shape);
  const out = emptyKnown(kind, shape, allowance);
  const [stepsA, stepsB] = [a, b].map((one) => stepsOf(one.shape, shape));
  const walk = (axis: number, at: number, fromA: number, fromB: number): void => {
    if (axis === shape.length) {
      out.data[at] = compute(a.data[fromA]!, b.data[fromB]!);
      return;
    }
    const step = sizeOf(shape.slice(axis + 1));
    for (let i = 0; i < shape[axis]!; i += 1) {
      walk(axis + 1, at + i * step, fromA + i * stepsA![axis]!, fromB + i * stepsB![axis]!);
    }
  };
  walk(0, 0, 0, 0);
  return out;
}

function broadcastKnown(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const [one = 1, other = 1] = [a[axis - rank + a.length], b[axis - rank + b.length]];
    if (one === other || other === 1) return one;
    if (one === 1) return other;
    throw unsupported(`shapes that do not go together: ${shownShape(a)} and ${shownShape(b)}`);
  });
}

/** How far apart neighbours along each axis of the whole are in an array that is repeated. */
function stepsOf(own: readonly number[], whole: readonly number[]): number[] {
  return whole.map((_, axis) => {
    const at = axis - whole.length + own.length;
    return at < 0 || own[at] === 1 ? 0 : sizeOf(own.slice(at + 1));
  });
}

/** What becomes of the numbers along some axes. */
export function reduceKnown(
  known: Known,
  axes: readonly number[],
  keepsAxes: boolean,
  start: number,
  compute: (sum: number, value: number) => number,
  allowance: Allowance,
): Known {
  const { shape, data, kind } = known;
  const kept = shape.map((length, axis) => (axes.includes(axis) ? 1 : length));
  allowance.spend(data.length);
  const out = emptyKnown(kind, kept, allowance);
  out.data.fill(start);
  const steps = stepsOf(kept, shape);
  const strides = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
  for (const [at, value] of data.entries()) {
    let to = 0;
    for (const [axis, stride] of strides.entries()) {
      to += (Math.floor(at / stride) % shape[axis]!) * steps[axis]!;
    }
    out.data[to] = compute(out.data[to]!, value);
  }
  return keepsAxes ? out : { ...out, shape: shape.filter((_, axis) => !axes.includes(axis)) };
}
