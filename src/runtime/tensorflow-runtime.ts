import { readFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import util from 'node:util';
import { errors, isGlimpseError, messageOf, withDetails } from '../errors.ts';
import { sizeOf, type Tensor } from '../tensor.ts';
import type { Signature } from '../signature.ts';
import type { ModelRuntime, OpenOptions } from './runtime.ts';
import { servingSignature } from './saved-model.ts';
import { readModelJson } from './tensorflow-files.ts';
import type { Tensorflow, TfTensor } from './tensorflow-api.ts';
import { isRecord } from '../json.ts';

/**
 * The optional TensorFlow runtime: Keras models and converted graphs (`model.json`), and SavedModel
 * folders (`saved_model.pb`). TensorFlow itself is not a dependency; it is looked for when a version asks.
 */
const tfPackage: string = '@tensorflow/tfjs-node';
const howToInstall =
  'npm run install:tensorflow in the folder of Glimpse (or the image target "tensorflow"), then start again.';

/** A model that is open, whatever its format: one tensor in, one out, called inside `tidy`. */
interface OpenModel {
  predict(input: TfTensor): TfTensor;
  dispose(): unknown;
}

/** Imports tfjs-node. Rejects with GLIMPSE_RUNTIME_MISSING and the command that installs it. */
export async function importTensorflow(): Promise<Tensorflow> {
  // Node 23 took this function away and tfjs-node 4.22 still calls it.
  if (!('isNullOrUndefined' in util)) {
    Object.assign(util, {
      isNullOrUndefined: (value: unknown) => value === null || value === undefined,
    });
  }
  try {
    // Typed as any string, so that the compiler does not ask for a package that may be absent.
    const module: unknown = await import(tfPackage);
    if (isTensorflow(module)) return module;
    const inner = isRecord(module) ? module['default'] : undefined;
    if (isTensorflow(inner)) return inner;
    throw new Error('it has not the functions of TensorFlow.js');
  } catch (error) {
    // Node goes on with the path of the importing file.
    const [reason] = messageOf(error).split(/\n| imported from /);
    const missing = new errors.GLIMPSE_RUNTIME_MISSING('tensorflow', howToInstall);
    throw withDetails(missing, { install: howToInstall, reason }, error);
  }
}

/** Opens a model with the given TensorFlow, on this thread. Rejects with GLIMPSE_MODEL_INVALID. */
export async function openTensorflowRuntime(
  tf: Tensorflow,
  { file, signature }: OpenOptions,
): Promise<ModelRuntime> {
  const model = await openOrExplain(tf, file, signature);
  return {
    place: 'inline',
    unhealthyReason: undefined,
    infer: (batch) => inferTidily(tf, model, batch, signature),
    close: async () => {
      await Promise.resolve(model.dispose());
    },
  };
}

/** Every tensor of a run is freed, also when the run fails: TensorFlow's memory is not garbage-collected. */
async function inferTidily(
  tf: Tensorflow,
  model: OpenModel,
  batch: Tensor,
  { output, classes }: Signature,
): Promise<Tensor> {
  const shape = [batch.shape[0]!, classes.length];
  let answer: TfTensor | undefined;
  try {
    answer = tf.tidy(() => model.predict(tf.tensor(batch.data, [...batch.shape], 'float32')));
    const data = Float32Array.from(await answer.data());
    if (data.length === sizeOf(shape)) return { shape, data };
    throw new Error(
      `"${output.name}" came out as [${answer.shape.join(', ')}], not [${shape.join(', ')}]`,
    );
  } catch (error) {
    throw withDetails(new errors.GLIMPSE_RUNTIME_FAILED(messageOf(error)), {}, error);
  } finally {
    answer?.dispose();
  }
}

async function openOrExplain(
  tf: Tensorflow,
  file: string,
  signature: Signature,
): Promise<OpenModel> {
  try {
    return await openModel(tf, file, signature);
  } catch (error) {
    if (isGlimpseError(error)) throw error;
    const reason = messageOf(error).replaceAll(dirname(file), '.');
    const invalid = new errors.GLIMPSE_MODEL_INVALID(`TensorFlow cannot open it. ${reason}`);
    throw withDetails(invalid, {}, error);
  }
}

async function openModel(tf: Tensorflow, file: string, signature: Signature): Promise<OpenModel> {
  if (basename(file) === 'saved_model.pb') return await openSavedModel(tf, file, signature);
  const artifacts = await readModelJson(file);
  const source = { load: () => Promise.resolve(artifacts) };
  return artifacts.format === 'graph-model'
    ? await openGraphModel(tf, source, signature)
    : await openLayersModel(tf, source, signature);
}

async function openLayersModel(
  tf: Tensorflow,
  source: Parameters<Tensorflow['loadLayersModel']>[0],
  { input, output }: Signature,
): Promise<OpenModel> {
  const model = await tf.loadLayersModel(source);
  const [first] = model.inputs;
  const shape = first?.shape.slice(1) ?? [];
  const fits =
    shape.length === input.shape.length &&
    shape.every((length, axis) => length === null || length === input.shape[axis]);
  if (model.inputs.length !== 1 || !fits) {
    model.dispose();
    throw new errors.GLIMPSE_MODEL_INVALID(
      `the signature says one input of [N, ${input.shape.join(', ')}], and the model takes ${model.inputs.map(({ shape }) => `[${shape.map((length) => length ?? 'N').join(', ')}]`).join(' and ')}.`,
    );
  }
  const index = Math.max(0, model.outputNames.indexOf(output.name));
  return {
    predict: (tensor) => [model.predict(tensor)].flat()[index]!,
    dispose: () => model.dispose(),
  };
}

async function openGraphModel(
  tf: Tensorflow,
  source: Parameters<Tensorflow['loadLayersModel']>[0],
  { input, output }: Signature,
): Promise<OpenModel> {
  if (!tf.loadGraphModel) throw new Error('this TensorFlow.js has no graph models');
  const model = await tf.loadGraphModel(source);
  const nameIn = nameAmong(model.inputs, input.name);
  const nameOut = nameAmong(model.outputs, output.name);
  if (nameIn === undefined || nameOut === undefined) {
    model.dispose();
    const names = [model.inputs, model.outputs].map((side) => side.map(({ name }) => name));
    throw new errors.GLIMPSE_MODEL_INVALID(
      `the signature says "${input.name}" to "${output.name}", and the graph goes from ${names[0]!.join(', ')} to ${names[1]!.join(', ')}.`,
    );
  }
  return {
    predict: (tensor) => [model.execute({ [nameIn]: tensor }, nameOut)].flat()[0]!,
    dispose: () => model.dispose(),
  };
}

/** TensorFlow writes "x" and "x:0" for the same value. */
function nameAmong(
  values: readonly { readonly name: string }[],
  wished: string,
): string | undefined {
  return values.find(({ name }) => name === wished || name === `${wished}:0`)?.name;
}

async function openSavedModel(
  tf: Tensorflow,
  file: string,
  { input, output }: Signature,
): Promise<OpenModel> {
  if (!tf.node) throw new Error('only tfjs-node reads SavedModel folders');
  const { name, tags } = servingSignature(await readFile(file));
  const model = await tf.node.loadSavedModel(dirname(file), tags, name);
  return {
    predict: (tensor) => {
      const outputs = model.predict({ [input.name]: tensor });
      const found = isRecord(outputs) ? outputs[output.name] : undefined;
      if (isTensor(found)) return found;
      throw new Error(`it gives no output "${output.name}"`);
    },
    dispose: () => model.dispose(),
  };
}

function isTensorflow(module: unknown): module is Tensorflow {
  return (
    isRecord(module) &&
    ['tensor', 'tidy', 'memory', 'loadLayersModel'].every(
      (name) => typeof module[name] === 'function',
    )
  );
}

function isTensor(value: unknown): value is TfTensor {
  return isRecord(value) && typeof value['data'] === 'function' && Array.isArray(value['shape']);
}
