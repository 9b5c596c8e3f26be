import { crop, pad } from '../operations/shaping.ts';
import { shownShape, unsupported } from '../refusals.ts';
import { isKnown, type Computed, type NodeCall, type NodeKind } from './node-call.ts';

/**
 * A convolution with dilation as older versions of TensorFlow and Keras write it: SpaceToBatchND makes an image of every second pixel (or
 * third, ...), a convolution goes over each of these images, and BatchToSpaceND puts their pixels back. Here the pixels stay where they
 * are, and the convolution between takes steps of that length, which computes the same numbers.
 */

/** Lengths of the steps along height and width; those that are not named have one. */
function blockOf(call: NodeCall): readonly [number, number] {
  const block = call.integers(1);
  const [tall = 1, wide = 1, ...others] = block;
  const isInReach = [tall, wide].every((step) => step >= 1 && step <= mostSteps);
  if (block.length > 0 && others.length === 0 && isInReach) return [tall, wide];
  throw unsupported(`${call.title} takes images apart by ${shownShape(block)}`);
}

/** Longer steps than any net makes. */
const mostSteps = 1024;

type Edges = readonly [before: number, after: number];

/** How much is added or cut at each end of height and width. */
function edgesOf(call: NodeCall): readonly [Edges, Edges] {
  const list = call.integers(2);
  const [top = 0, bottom = 0, left = 0, right = 0] = list;
  const isInReach = list.every((amount) => amount >= 0 && amount <= 16_384);
  if (isInReach && list.length === 2 * call.integers(1).length) {
    return [
      [top, bottom],
      [left, right],
    ];
  }
  throw unsupported(`${call.title} has edges of ${shownShape(list)}`);
}

function imageIn(call: NodeCall): Computed {
  const datum = call.input(0);
  if (!isKnown(datum) && datum.kind === 'float' && datum.tensor.shape.length === 4) return datum;
  throw unsupported(`${call.title} is not applied to images`);
}

const takenApart: NodeKind = (call) => {
  const datum = imageIn(call);
  const phases = blockOf(call);
  const edges = edgesOf(call);
  const padded = pad(call.graph, datum.tensor, [[0, 0], ...edges, [0, 0]]);
  const [, height = 0, width = 0] = padded.shape;
  if (height % phases[0] !== 0 || width % phases[1] !== 0) {
    throw unsupported(`${call.title} takes ${height} x ${width} apart by ${phases.join(' and ')}`);
  }
  return { ...datum, tensor: padded, phases };
};

const putTogether: NodeKind = (call) => {
  const datum = imageIn(call);
  if (datum.phases?.join() !== blockOf(call).join()) {
    throw unsupported(`${call.title} puts together what no SpaceToBatchND has taken apart so`);
  }
  const tensor = crop(call.graph, datum.tensor, ...edgesOf(call));
  return { ...datum, tensor, phases: undefined };
};

/** Nodes that take images apart for a convolution, and put them together again. */
export const phaseNodes: Readonly<Record<string, NodeKind>> = {
  SpaceToBatchND: takenApart,
  BatchToSpaceND: putTogether,
};
