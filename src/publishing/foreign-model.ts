import { readFile } from 'node:fs/promises';
import { errors } from '../errors.ts';
import { completeContract } from '../preprocessing/complete.ts';
import { inputValuesFault } from '../preprocessing/input-values.ts';
import type { ContractTwo } from '../preprocessing/contract-two.ts';
import type { Preprocessing } from '../preprocessing/contract.ts';
import { plainContract } from '../preprocessing/presets.ts';
import { inputTypes, isInputType, type ElementType } from '../runtime/element-types.ts';
import type { GraphPort } from '../runtime/inspect-onnx.ts';
import type { Signature } from '../signature.ts';
import { UsageError } from '../cli/command.ts';
import { chooseOutput, portInWords } from './choose-output.ts';
import { namesInJson } from './class-names.ts';
import { filledShape, inputForm, layoutOf, type ImagePort } from './input-form.ts';
import { askedOf, parseJson, readWish, wishFor } from './wish.ts';

/**
 * What a model trained elsewhere needs before it can be served: its signature, read from the graph,
 * and the preprocessing it was trained with, which nobody but its author knows.
 */

/** A preset by name, or a JSON file with any fields of the contract; the rest is read from the graph. */
export async function readPreprocessing(source: string, input: ImagePort): Promise<ContractTwo> {
  const wish = await readWish(source);
  const { width, height, channels } = inputForm(input, wish);
  if (width === undefined || height === undefined) {
    throw new UsageError(
      `The input "${input.name}" of the graph is [${filledShape(input).join(', ')}] and does not tell the size of an image: say it with --shape, --width and --height, or in a --preprocessing file.`,
    );
  }
  const base = plainContract({ width, height, channels });
  const completed = completeContract(base, askedOf(wishFor(input, wish, channels)));
  if ('contract' in completed) return completed.contract;
  throw new UsageError(`--preprocessing: ${completed.fault}.`);
}

/** Names of the classes: "a,b,c", or a file with one per line, a JSON array, or a configuration with id2label. */
export async function readClasses(source: string, isFile: boolean): Promise<string[]> {
  if (!isFile && source.includes(',')) return source.split(',').map((name) => name.trim());
  const text = await readFile(source, 'utf8').catch(() => {
    throw new UsageError(`The classes are neither a list "a,b,c" nor a readable file: ${source}`);
  });
  if (!/^\s*[{[]/.test(text)) {
    return text
      .split(/\r?\n/)
      .map((line) => line.trim())
      .filter((line) => line !== '');
  }
  const names = namesInJson(parseJson(text, source));
  if (names) return [...names];
  throw new UsageError(
    `${source} is neither a JSON array of different texts nor an object that gives each number its text ("id2label").`,
  );
}

/** The signature the graph and the preprocessing agree on. GLIMPSE_MODEL_INVALID when they do not. */
export function signatureOf(
  graph: { readonly inputs: readonly ImagePort[]; readonly outputs: readonly GraphPort[] },
  preprocessing: Preprocessing,
  classes: string[],
  { output, kind }: { output?: string | undefined; kind: Signature['output']['kind'] },
): Signature {
  const input = imageInput(graph.inputs);
  const fault = inputValuesFault(input.type, preprocessing);
  if (fault !== undefined) throw new UsageError(`--preprocessing: ${fault}.`);
  const [batch] = input.shape;
  const { name } = chooseOutput(graph.outputs, classes.length, { name: output, batch });
  const { layout } = layoutOf(input, preprocessing.channels);
  const { width, height, channels } = preprocessing;
  const shape = {
    NCHW: [channels, height, width],
    NHWC: [height, width, channels],
    NHW: [height, width],
    NC: [height * width * channels],
  }[layout];
  return {
    input: {
      name: input.name,
      dtype: input.type,
      layout,
      shape,
      ...(typeof batch === 'number' && { batch }),
    },
    output: { name, kind },
    classes,
  };
}

/** The one input; graphs with several, or with one of numbers that images are not made of, cannot be fed by us. */
export function imageInput(
  inputs: readonly ImagePort[],
): ImagePort & { readonly type: ElementType } {
  const [input, ...others] = inputs;
  if (!input || others.length > 0 || !isInputType(input.type)) {
    throw new errors.GLIMPSE_MODEL_INVALID(
      `it must take one input of ${inputTypes.join(', ')}, and takes ${inputs.map(portInWords).join(' and ') || 'none'}.`,
    );
  }
  return { ...input, type: input.type };
}
