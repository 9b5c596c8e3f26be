import { unsupported } from '../refusals.ts';
import { shapeOf } from './shapes.ts';
import { isKnown, type NodeCall } from './node-call.ts';

/** The axes that numbers name, from the back where they are negative. Of what is computed the first axis is that of the images. */
export function axesOf(call: NodeCall, named: readonly number[], at = 0, extra = 0): number[] {
  const datum = call.input(at);
  const rank = shapeOf(datum).length + extra;
  return named.map((axis) => {
    const place = axis < 0 ? axis + rank : axis;
    if (!(place >= 0 && place < rank)) throw unsupported(`${call.title} has no axis ${axis}`);
    if (place === 0 && !isKnown(datum)) throw unsupported(`${call.title} goes across the images`);
    return place;
  });
}
