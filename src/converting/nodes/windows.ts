import type { Window } from '../operations/padding.ts';
import { shownShape, unreadable, unsupported } from '../refusals.ts';
import { isChannelsFirst } from './image-form.ts';
import { isKnown, type NodeCall } from './node-call.ts';

/** No window or stride of a net for images is larger. */
const largest = 16_384;

/** The numbers for height and width of a list for four axes; one for those axes that stay as they are. */
function pairOf(call: NodeCall, name: string): readonly [number, number] {
  const { attributes, title } = call;
  const list = attributes.integers(name);
  const [batch = 1, height = 1, width = 1, channels = 1] = channelsLast(call, list);
  const isPair = list.length === 4 && batch === 1 && channels === 1;
  const isInReach = [height, width].every((one) => one >= 1 && one <= largest);
  if ((isPair || list.length === 0) && isInReach) return [height, width];
  throw unsupported(`${title} has ${name} of ${shownShape(list)}`);
}

/** A list of something for each of four axes, those of the channels as the last. */
function channelsLast<T>(call: NodeCall, list: readonly T[]): readonly T[] {
  if (list.length !== 4 || !isChannelsFirst(call)) return list;
  return [0, 2, 3, 1].map((axis) => list[axis]!);
}

/** How the window of a node walks over an image. */
export function stridesOf(call: NodeCall): Pick<Window, 'strides' | 'dilations' | 'padding'> {
  const strides = pairOf(call, 'strides');
  const dilations = pairOf(call, 'dilations');
  const padding = paddingOf(call);
  const datum = call.input(0);
  const phases = isKnown(datum) ? undefined : datum.phases;
  if (!phases) return { strides, dilations, padding };
  if (padding !== 'valid' || strides.some((step) => step !== 1) || isChannelsFirst(call)) {
    throw unsupported(`${call.title} goes over images that were taken apart in other steps`);
  }
  return { strides, dilations: [dilations[0] * phases[0], dilations[1] * phases[1]], padding };
}

function paddingOf(call: NodeCall): Window['padding'] {
  const { attributes, title } = call;
  const padding = attributes.text('padding', 'VALID');
  if (padding === 'SAME') return 'same';
  if (padding === 'VALID') return 'valid';
  const pads = attributes.integers('explicit_paddings');
  const pairs = [0, 2, 4, 6].map((at) => pads.slice(at, at + 2));
  const inOrder = channelsLast(call, pairs).flat();
  const [, , top = 0, bottom = 0, left = 0, right = 0] = inOrder;
  const isInReach = inOrder.every(
    (amount, at) => amount >= 0 && amount <= (at < 2 || at > 5 ? 0 : largest),
  );
  if (padding === 'EXPLICIT' && pads.length === 8 && isInReach) return [top, bottom, left, right];
  throw unreadable(`${title} has no padding that TensorFlow knows`);
}

/** The size of the window of a node that pools. */
export const sizeOfWindow = (call: NodeCall): readonly [number, number] => pairOf(call, 'ksize');
