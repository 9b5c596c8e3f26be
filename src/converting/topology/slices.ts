import { isRecord } from '../../json.ts';
import { reshape, slice, type Piece } from '../operations/shaping.ts';
import { unsupported } from '../refusals.ts';
import type { Operation, OperationKind } from './operation-call.ts';

/** `x[:, 1:-1, ..., ::-1]`: pieces of a tensor, as functional models of either form write them. */
export const indexing: OperationKind = (operation, input) => {
  const { graph, title } = operation;
  const items = itemsOf(operation);
  const gap = items.indexOf('...');
  const missing = input.shape.length - items.length + (gap < 0 ? 0 : 1);
  const spread = items.flatMap((item) =>
    item === '...' ? Array.from({ length: missing }, () => undefined) : [item],
  );
  const pieces = spread.flatMap((item, axis): Piece[] => {
    if (item === undefined) return [];
    if (item === 'other') throw unsupported(`${title} takes a part that is no slice`);
    return [pieceOf(item, axis, input.shape[axis] ?? -1)];
  });
  if (pieces.some(({ axis }) => axis === 0)) throw unsupported(`${title} takes some examples only`);
  const dropped = spread.flatMap((item, axis) => (typeof item === 'number' ? [axis] : []));
  const piece = slice(graph, input, pieces);
  if (dropped.length === 0) return piece;
  return reshape(
    graph,
    piece,
    piece.shape.filter((_, axis) => !dropped.includes(axis)),
  );
};

function itemsOf({ args, kwargs }: Operation): ReturnType<typeof sliceOf>[] {
  const spec = args[1] ?? kwargs['slice_spec'] ?? kwargs['key'];
  const wanted = spec && 'list' in spec ? spec.list : spec && 'value' in spec ? spec.value : spec;
  return Array.isArray(wanted) ? wanted.map(sliceOf) : [sliceOf(wanted)];
}

type Slice = readonly [start: number | null, stop: number | null, step: number | null];

const isNumber = (value: unknown): value is number | null =>
  value === null || typeof value === 'number';

/** A slice as either form writes it; "..." for as many axes as there are. */
function sliceOf(item: unknown): Slice | number | '...' | 'other' | undefined {
  if (typeof item === 'number') return item;
  if (!isRecord(item)) return 'other';
  if ('value' in item) return sliceOf(item['value']);
  if (item['class_name'] === '__ellipsis__' || item['type'] === 'Ellipsis') return '...';
  const { slice: parts } = item;
  const bounds: unknown[] = Array.isArray(parts)
    ? parts
    : [item['start'] ?? null, item['stop'] ?? null, item['step'] ?? null];
  const [start = null, stop = null, step = null] = bounds;
  if (!isNumber(start) || !isNumber(stop) || !isNumber(step)) return 'other';
  return start === null && stop === null && step === null ? undefined : [start, stop, step];
}

function pieceOf(item: Slice | number, axis: number, length: number): Piece {
  if (typeof item === 'number') {
    return { axis, start: item < 0 ? item + length : item, count: 1, step: 1 };
  }
  const [from, to, by] = item;
  const step = by ?? 1;
  const placed = (bound: number): number =>
    Math.min(Math.max(bound < 0 ? bound + length : bound, step < 0 ? -1 : 0), length);
  const start = from === null ? (step < 0 ? length - 1 : 0) : placed(from);
  const stop = to === null ? (step < 0 ? -1 : length) : placed(to);
  return { axis, start, count: Math.ceil((stop - start) / step), step };
}
