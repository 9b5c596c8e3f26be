import { readFile } from 'node:fs/promises';
import type { Static } from 'typebox';
import { Check } from 'typebox/schema';
import { errors } from '../errors.ts';
import { completeContract } from '../preprocessing/complete.ts';
import { inputValuesFault, levelsAsTheyAre } from '../preprocessing/input-values.ts';
import { sharedFields } from '../preprocessing/contract-one.ts';
import type { ContractTwo } from '../preprocessing/contract-two.ts';
import type { Preprocessing } from '../preprocessing/contract.ts';
import { plainContract, presetNames, presetOf, type PresetName } from '../preprocessing/presets.ts';
import { RequestedPreprocessingSchema } from '../preprocessing/requested.ts';
import {
  inputTypes,
  isInputType,
  isOutputType,
  outputTypes,
  type ElementType,
} from '../runtime/element-types.ts';
import type { GraphPort } from '../runtime/inspect-onnx.ts';
import { Type } from '../schema/builder.ts';
import type { Signature } from '../signature.ts';
import { Closed, problemOf } from '../schema.ts';
import { UsageError } from '../cli/command.ts';
import type { InputForm } from './parity/reference-array.ts';

/**
 * What a model trained elsewhere needs before it can be served: its signature, read from the graph,
 * and the preprocessing it was trained with, which nobody but its author knows.
 */
type Shape = { layout: Signature['input']['layout']; sizes: Sizes | undefined };
interface Sizes {
  readonly width: number | undefined;
  readonly height: number | undefined;
  readonly channels: 1 | 3;
}

/** A JSON file says what a request of training may say, and the size of the input where the graph leaves it open. */
const WishSchema = Type.Object(
  {
    ...RequestedPreprocessingSchema.properties,
    width: Type.Optional(sharedFields.width),
    height: Type.Optional(sharedFields.height),
    channels: Type.Optional(sharedFields.channels),
  },
  Closed,
);
export type Wish = Static<typeof WishSchema>;

/** What was called so before there was a name for each way of preparing images for nets of ImageNet. */
const earlierNames: Readonly<Record<string, PresetName>> = { imagenet: 'imagenet-torchvision' };
export const acceptedPresets = [...presetNames, ...Object.keys(earlierNames)];

/** A preset by name, or a JSON file with any fields of the contract; the rest is read from the graph. */
export async function readPreprocessing(source: string, input: GraphPort): Promise<ContractTwo> {
  const wish = await readWish(source);
  const { width, height, channels } = inputForm(input, wish);
  if (width === undefined || height === undefined) {
    throw new UsageError(
      `The input "${input.name}" of the graph is [${input.shape.join(', ')}] and does not tell the size of an image; name width and height in a --preprocessing file.`,
    );
  }
  const base = plainContract({ width, height, channels });
  const completed = completeContract(base, askedOf(wishFor(input, wish, channels)));
  if ('contract' in completed) return completed.contract;
  throw new UsageError(`--preprocessing: ${completed.fault}.`);
}

/** What is said of a contract by the name of a preset, by JSON, or by a JSON file. */
export async function readWish(source: string): Promise<Wish> {
  const name = presetNames.find((one) => one === (earlierNames[source] ?? source));
  return name === undefined ? await readContract(source) : { preset: name };
}

/** What a wish says beside the size of the input. */
export function askedOf({ width: _w, height: _h, channels: _c, ...asked }: Wish) {
  return asked;
}

/** A wish that says nothing of scaling, for an input that takes the levels of an image and nothing else. */
export function wishFor(input: GraphPort, wish: Wish, channels: number): Wish {
  const { preset, scale, mean, std } = wish;
  const isOpen = [preset, scale, mean, std].every((value) => value === undefined);
  return input.type === 'uint8' && isOpen ? { ...wish, ...levelsAsTheyAre(channels) } : wish;
}

/** The images that the graph takes, as far as it, or else the wish, tells. */
export function inputForm(input: GraphPort, wish: Wish): InputForm {
  const preset: Partial<ContractTwo> = wish.preset === undefined ? {} : presetOf(wish.preset);
  const channels = wish.channels ?? preset.channels;
  const { layout, sizes } = layoutOf(input, channels);
  return {
    layout,
    width: wish.width ?? preset.width ?? sizes?.width,
    height: wish.height ?? preset.height ?? sizes?.height,
    channels: channels ?? sizes?.channels ?? 1,
  };
}

async function readContract(source: string): Promise<Wish> {
  const isJson = source.trimStart().startsWith('{');
  const text = isJson
    ? source
    : await readFile(source, 'utf8').catch(() => {
        throw new UsageError(
          `--preprocessing is neither a file nor one of ${acceptedPresets.join(', ')}: ${source}`,
        );
      });
  const value = parseJson(text, isJson ? 'What --preprocessing says' : source);
  if (Check(WishSchema, value)) return value;
  throw new UsageError(
    `--preprocessing ${isJson ? '' : source}: ${problemOf(WishSchema, value).sentence}.`,
  );
}

/** Names of the classes: "a,b,c", or a file with one per line or a JSON array. */
export async function readClasses(source: string, isFile: boolean): Promise<string[]> {
  if (!isFile && source.includes(',')) return source.split(',').map((name) => name.trim());
  const text = await readFile(source, 'utf8').catch(() => {
    throw new UsageError(`The classes are neither a list "a,b,c" nor a readable file: ${source}`);
  });
  if (!text.trimStart().startsWith('[')) {
    return text
      .split(/\r?\n/)
      .map((line) => line.trim())
      .filter((line) => line !== '');
  }
  const value = parseJson(text, source);
  if (Array.isArray(value) && value.every((name) => typeof name === 'string')) return value;
  throw new UsageError(`${source} is not a JSON array of texts.`);
}

/** The signature the graph and the preprocessing agree on. GLIMPSE_MODEL_INVALID when they do not. */
export function signatureOf(
  graph: { inputs: readonly GraphPort[]; outputs: readonly GraphPort[] },
  preprocessing: Preprocessing,
  classes: string[],
  output: { output?: string | undefined; kind: Signature['output']['kind'] },
): Signature {
  const input = imageInput(graph.inputs);
  const fault = inputValuesFault(input.type, preprocessing);
  if (fault !== undefined) throw new UsageError(`--preprocessing: ${fault}.`);
  const { layout } = layoutOf(input, preprocessing.channels);
  const { width, height, channels } = preprocessing;
  const shape = {
    NCHW: [channels, height, width],
    NHWC: [height, width, channels],
    NC: [height * width * channels],
  }[layout];
  return {
    input: { name: input.name, dtype: input.type, layout, shape },
    output: { name: outputOf(graph.outputs, classes, output.output).name, kind: output.kind },
    classes,
  };
}

/** The one input; graphs with several, or with one of numbers that images are not made of, cannot be fed by us. */
export function imageInput(
  inputs: readonly GraphPort[],
): GraphPort & { readonly type: ElementType } {
  const [input, ...others] = inputs;
  if (!input || others.length > 0 || !isInputType(input.type)) {
    throw new errors.GLIMPSE_MODEL_INVALID(
      `it must take one input of ${inputTypes.join(', ')}, and takes ${inputs.map(inWords).join(' and ') || 'none'}.`,
    );
  }
  return { ...input, type: input.type };
}

function outputOf(
  outputs: readonly GraphPort[],
  classes: readonly string[],
  name: string | undefined,
): GraphPort {
  const fitting = outputs.filter(
    ({ type, shape }) =>
      isOutputType(type) && (typeof shape.at(-1) !== 'number' || shape.at(-1) === classes.length),
  );
  const chosen = name === undefined ? fitting : fitting.filter((output) => output.name === name);
  if (chosen.length === 1) return chosen[0]!;
  throw new errors.GLIMPSE_MODEL_INVALID(
    `${chosen.length === 0 ? 'no' : 'more than one'} output gives scores of ${outputTypes.join(' or ')} for ${classes.length} classes: it has ${outputs.map(inWords).join(' and ')}. Name one with --output, or correct --classes.`,
  );
}

/** Which axis is which: a channel axis has the length 1 or 3. */
function layoutOf({ name, shape }: GraphPort, wished: 1 | 3 | undefined): Shape {
  const axes = shape.slice(1).map((length) => (typeof length === 'number' ? length : undefined));
  if (axes.length === 1) return { layout: 'NC', sizes: squareOf(axes[0], wished) };
  const [first, second, third] = axes;
  // Exporters that leave every axis open are those that put the channels first.
  if (axes.length === 3 && first === undefined && !isChannels(third)) {
    return { layout: 'NCHW', sizes: { channels: wished ?? 1, height: second, width: third } };
  }
  if (axes.length === 3 && isChannels(first)) {
    return { layout: 'NCHW', sizes: { channels: first, height: second, width: third } };
  }
  if (axes.length === 3 && isChannels(third)) {
    return { layout: 'NHWC', sizes: { channels: third, height: first, width: second } };
  }
  throw new errors.GLIMPSE_MODEL_INVALID(
    `its input "${name}" is [${shape.join(', ')}]; taken are [N, C, H, W], [N, H, W, C] and [N, pixels] with 1 or 3 channels.`,
  );
}

function isChannels(length: number | undefined): length is 1 | 3 {
  return length === 1 || length === 3;
}

function squareOf(length: number | undefined, channels: 1 | 3 = 1): Sizes {
  const side = length === undefined ? NaN : Math.sqrt(length / channels);
  const known = Number.isInteger(side) ? side : undefined;
  return { width: known, height: known, channels };
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageError(`${file} is not JSON: ${error instanceof Error ? error.message : ''}`);
  }
}

function inWords({ name, type, shape }: GraphPort): string {
  return `"${name}" of ${type} [${shape.join(', ')}]`;
}
