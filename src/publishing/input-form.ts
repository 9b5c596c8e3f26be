import { errors } from '../errors.ts';
import type { ContractTwo } from '../preprocessing/contract-two.ts';
import { presetOf } from '../preprocessing/presets.ts';
import type { GraphPort } from '../runtime/inspect-onnx.ts';
import type { Signature } from '../signature.ts';
import { UsageError } from '../cli/command.ts';
import type { Wish } from './wish.ts';
import type { InputHint } from './graph-hints.ts';
import type { InputForm, SearchedForm } from './parity/reference-array.ts';

/** What is said of the input beside the graph. */
export interface SaidInput {
  /** Lengths of the axes that the graph leaves open: "3,224,224". */
  readonly shape?: string | undefined;
  readonly layout?: 'NCHW' | 'NHWC' | undefined;
  readonly width?: number | undefined;
  readonly height?: number | undefined;
}

/** The input of a graph, with what else tells which of its axes is which. */
export interface ImagePort extends GraphPort {
  readonly said?: SaidInput;
  readonly hint?: InputHint | undefined;
}

type Channels = ContractTwo['channels'];
type Layout = Signature['input']['layout'];
interface Sizes {
  readonly width: number | undefined;
  readonly height: number | undefined;
  readonly channels: Channels | undefined;
}

/** The images that the graph takes, as far as it, or else what is said of it, tells. */
export function inputForm(input: ImagePort, wish: Wish): InputForm {
  const preset: Partial<ContractTwo> = wish.preset === undefined ? {} : presetOf(wish.preset);
  const wished = wish.channels ?? preset.channels;
  const { layout, sizes } = layoutOf(input, wished);
  const { said = {} } = input;
  const channels = wished ?? sizes.channels;
  if (channels === undefined) throw whichAxes(input);
  const takesFour = [channels, sizes.channels, input.hint?.channels].includes(4);
  if (takesFour && (channels !== 4 || wish.colourSpace !== 'rgba')) throw whichFourth(input);
  return {
    layout,
    width: wish.width ?? said.width ?? preset.width ?? sizes.width,
    height: wish.height ?? said.height ?? preset.height ?? sizes.height,
    channels,
  };
}

/** The same for a search of how images are prepared, which knows what pictures of one or three channels become. */
export function searchedForm(input: ImagePort, wish: Wish): SearchedForm {
  const { channels, ...form } = inputForm(input, wish);
  if (channels !== 4) return { ...form, channels };
  throw new UsageError(
    'How images with alpha are prepared is not searched for: say all of it with --preprocessing, and publish without references.',
  );
}

/** Which axis is which: a channel axis has the length 1, 3 or 4. */
export function layoutOf(
  input: ImagePort,
  wished: Channels | undefined,
): { readonly layout: Layout; readonly sizes: Sizes } {
  const shape = filledShape(input);
  const axes = shape.slice(1).map((length) => (typeof length === 'number' ? length : undefined));
  const [first, second, third] = axes;
  if (axes.length === 1) return { layout: 'NC', sizes: squareOf(first, wished) };
  if (axes.length === 2 && (wished ?? 1) === 1) {
    return { layout: 'NHW', sizes: { channels: 1, height: first, width: second } };
  }
  if (axes.length !== 3) throw notAnImage(input);
  const layout = planarity(input, first, third, wished);
  refuseOtherChannels(input, layout === 'NHWC' ? third : first);
  if (layout === 'NHWC') {
    const channels = areChannels(third) ? third : channelsOf(input, wished);
    return { layout: 'NHWC', sizes: { channels, height: first, width: second } };
  }
  const channels = areChannels(first) ? first : channelsOf(input, wished);
  return { layout: 'NCHW', sizes: { channels, height: second, width: third } };
}

/** Which end the channels stand at, of an input with three axes beside that of the batch. */
function planarity(
  input: ImagePort,
  first: number | undefined,
  third: number | undefined,
  wished: Channels | undefined,
): 'NCHW' | 'NHWC' {
  const { said, hint } = input;
  if (said?.layout !== undefined) return said.layout;
  const [isFirst, isThird] = [isUsual(first), isUsual(third)];
  if (isFirst !== isThird) return isFirst ? 'NCHW' : 'NHWC';
  if (hint !== undefined) return hint.layout;
  if (isFirst && isThird) throw whichAxes(input);
  if ((first === 4) !== (third === 4)) return first === 4 ? 'NCHW' : 'NHWC';
  if (first !== undefined) throw third === undefined ? whichAxes(input) : notAnImage(input);
  // Exporters that leave every axis open are those that put the channels first.
  if (third !== undefined || wished !== undefined) return 'NCHW';
  throw whichAxes(input);
}

/** What takes other channels would be shown something else, whatever is wished. */
function refuseOtherChannels(input: ImagePort, length = input.hint?.channels): void {
  if (length === undefined || areChannels(length)) return;
  throw new errors.GLIMPSE_MODEL_INVALID(
    `its input "${input.name}" takes images of ${length} channels, ${inWords(input.shape)}, and images are given to models with 1, 3 or 4; export it behind a layer that makes the others of these.`,
  );
}

function channelsOf({ hint }: ImagePort, wished: Channels | undefined): Channels | undefined {
  return wished ?? (areChannels(hint?.channels) ? hint.channels : undefined);
}

/** Four are a channel axis where nothing else can be: it is a side of small images, too. */
function areChannels(length: number | undefined): length is Channels {
  return isUsual(length) || length === 4;
}

const isUsual = (length: number | undefined): length is 1 | 3 => length === 1 || length === 3;

function squareOf(length: number | undefined, wished: Channels | undefined): Sizes {
  const channels = wished ?? 1;
  const side = length === undefined ? NaN : Math.sqrt(length / channels);
  const known = Number.isInteger(side) ? side : undefined;
  return { width: known, height: known, channels };
}

/** The shape of an input with the axes filled in that only what is said of it tells. */
export function filledShape({ name, shape, said }: ImagePort): readonly (number | string)[] {
  const lengths = lengthsIn(said?.shape);
  if (lengths === undefined) return shape;
  if (shape.length === 0) return withBatch(lengths);
  const offset = shape.length - lengths.length;
  if (offset !== 0 && offset !== 1) throw differs(name, shape, said?.shape);
  return shape.map((length, axis) => {
    const given = lengths[axis - offset];
    if (given === undefined || axis === 0) return length;
    if (typeof length === 'number' && length !== given) throw differs(name, shape, said?.shape);
    return given;
  });
}

/** "3,224,224", "1x3x224x224", "N,3,224,224": a word stands for any length. */
export function lengthsIn(text: string | undefined): (number | undefined)[] | undefined {
  if (text === undefined) return undefined;
  const words = text.trim().split(/\s*[,x×]\s*|\s+/);
  if (words.some((word) => !/^([1-9]\d{0,5}|-1|\?|[A-Za-z]\w*)$/.test(word))) {
    throw new UsageError(
      `--shape is the lengths of the axes, as in 3,224,224 or N,224,224,3, and not "${text}".`,
    );
  }
  return words.map((word) => (/^\d+$/.test(word) ? Number(word) : undefined));
}

/** The shape of an input that has none in the graph: the axis of the batch may have been left out. */
function withBatch(lengths: readonly (number | undefined)[]): (number | string)[] {
  const hasBatch = lengths.length === 4 || lengths[0] === undefined;
  const all = hasBatch ? lengths : [undefined, ...lengths];
  return all.map((length, axis) => length ?? (axis === 0 ? 'N' : '?'));
}

const inWords = (shape: readonly (number | string)[]): string =>
  shape.length === 0 ? 'of no known shape' : `[${shape.join(', ')}]`;

function differs(name: string, shape: GraphPort['shape'], said: string | undefined): Error {
  return new UsageError(
    `--shape ${said ?? ''} does not fit the input "${name}" of the graph, which is ${inWords(shape)}.`,
  );
}

function notAnImage({ name, shape }: GraphPort): Error {
  if (shape.length === 0) return whichAxes({ name, shape });
  return new errors.GLIMPSE_MODEL_INVALID(
    `its input "${name}" is ${inWords(shape)}; taken are [N, C, H, W], [N, H, W, C], [N, H, W] and [N, pixels] with 1, 3 or 4 channels.`,
  );
}

/** No graph tells what its fourth channel is: alpha, infrared or black ink. */
function whichFourth({ name, shape }: GraphPort): Error {
  return new UsageError(
    `The input "${name}" of the graph, ${inWords(shape)}, takes images of 4 channels. If the fourth is their alpha, say so: --preprocessing '{"colourSpace": "rgba"}'; no image has another one.`,
  );
}

/** The question that the graph leaves open. */
function whichAxes({ name, shape }: Pick<GraphPort, 'name' | 'shape'>): Error {
  return new UsageError(
    `The input "${name}" of the graph is ${inWords(shape)}, which leaves open which of its axes are channels, height and width: say it with --shape (3,224,224 where the channels come first, 224,224,3 where they come last)${shape.length === 4 ? ' or --layout NCHW|NHWC' : ''}.`,
  );
}
