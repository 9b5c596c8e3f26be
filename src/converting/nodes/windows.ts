import type { Window } from '../operations/padding.ts';
import { shownShape, unreadable, unsupported } from '../refusals.ts';
import { requireChannelsLast } from './arithmetic.ts';
import type { NodeCall } from './node-call.ts';

/** No window or stride of a net for images is larger. */
const largest = 16_384;

/** The numbers for height and width of a list for four axes; one for those axes that stay as they are. */
function pairOf({ attributes, title }: NodeCall, name: string): readonly [number, number] {
  const list = attributes.integers(name);
  const [batch = 1, height = 1, width = 1, channels = 1] = list;
  const isPair = list.length === 4 && batch === 1 && channels === 1;
  const isInReach = [height, width].every((one) => one >= 1 && one <= largest);
  if ((isPair || list.length === 0) && isInReach) return [height, width];
  throw unsupported(`${title} has ${name} of ${shownShape(list)}`);
}

/** How the window of a node walks over an image. */
export function stridesOf(call: NodeCall): Pick<Window, 'strides' | 'dilations' | 'padding'> {
  requireChannelsLast(call);
  return {
    strides: pairOf(call, 'strides'),
    dilations: pairOf(call, 'dilations'),
    padding: paddingOf(call),
  };
}

function paddingOf({ attributes, title }: NodeCall): Window['padding'] {
  const padding = attributes.text('padding', 'VALID');
  if (padding === 'SAME') return 'same';
  if (padding === 'VALID') return 'valid';
  const pads = attributes.integers('explicit_paddings');
  const [top = 0, bottom = 0, left = 0, right = 0] = pads.slice(2);
  const isInReach = pads.every((pad, at) => pad >= 0 && pad <= (at < 2 || at > 5 ? 0 : largest));
  if (padding === 'EXPLICIT' && pads.length === 8 && isInReach) return [top, bottom, left, right];
  throw unreadable(`${title} has no padding that TensorFlow knows`);
}

/** The size of the window of a node that pools. */
export const sizeOfWindow = (call: NodeCall): readonly [number, number] => pairOf(call, 'ksize');
