import type { Account } from '../account.ts';
import type { Cancellation } from '../cancellation.ts';
import { asError, errors, isGlimpseError, withDetails, type GlimpseError } from '../errors.ts';
import type { ImagePreparer } from '../image/prepare-image.ts';
import {
  packPixels,
  preparePackedPixels,
  preparePixels,
  type PackedPixels,
  type PreparedExample,
} from '../image/prepare-pixels.ts';
import { prepareModelInput, readPixels, type PackedTensor } from '../image/prepare-tensor.ts';
import { recognise } from '../image/sniff-format.ts';
import type { Preprocessing } from '../preprocessing/contract.ts';
import type { Signature } from '../signature.ts';
import { sizeOf } from '../tensor.ts';

/** One thing to be classified, as it came in. */
export type Instance =
  | {
      readonly kind: 'image';
      readonly bytes: Uint8Array;
      /** The input that its sender named, which must be one that takes files. */
      readonly input?: string;
    }
  | { readonly kind: 'pixels'; readonly values: unknown }
  | ({ readonly kind: 'packed' } & PackedPixels)
  /** One example of the tensor that its sender named: by the name of the model's input, or without one, what the model itself takes. */
  | ({ readonly kind: 'tensor'; readonly input?: string | undefined } & PackedTensor)
  /** It was refused while the body was read; it keeps its place among the others. */
  | { readonly kind: 'failed'; readonly error: GlimpseError };

/**
 * The image that bytes are whose sender did not say what they are; else what they look like: "JSON", "form
 * fields", "unknown".
 */
export function imageOrName(bytes: Uint8Array): Instance | string {
  const found = recognise(bytes);
  return 'format' in found ? { kind: 'image', bytes } : found.other;
}

/** Pixels in one piece of memory, which can be handed to another thread; those that no model takes as failed. */
export function pack(instance: Instance): Instance {
  if (instance.kind !== 'pixels') return instance;
  try {
    return { kind: 'packed', ...packPixels(instance.values) };
  } catch (error) {
    if (isGlimpseError(error)) return { kind: 'failed', error };
    throw error;
  }
}

/** Examples wait one by one for their batch, and then together in it. */
export function tensorBytes({ input }: Signature, count: number): number {
  return 2 * count * sizeOf(input.shape) * Float32Array.BYTES_PER_ELEMENT;
}

/** An example for the model, or why this instance cannot be one. */
export type Prepared = PreparedExample | GlimpseError;

export interface Contract {
  readonly preprocessing: Preprocessing;
  readonly signature: Signature;
}

export interface PrepareOptions {
  readonly images: Pick<ImagePreparer, 'prepareWithInk'>;
  /** true: a bad instance gets an error of its own. false: it refuses the request. */
  readonly partial: boolean;
  /** true: a damaged image is a bad instance. */
  readonly strict: boolean;
  readonly cancellation: Cancellation;
  readonly account: Account | undefined;
}

/**
 * All instances of a request at once, in order. Without `partial` the first bad one that is found rejects
 * with its error and `details.index`, and cancels the call, which ends the work on the others. What is wrong
 * with the server or with the whole request always does.
 */
export function prepareInstances(
  instances: readonly Instance[],
  contract: Contract,
  options: PrepareOptions,
): Prepared[] | Promise<Prepared[]> {
  const { cancellation } = options;
  const fail = (error: unknown): never => {
    cancellation.cancel(asError(error));
    throw error;
  };
  const all: (Prepared | Promise<Prepared>)[] = [];
  try {
    for (const [index, instance] of instances.entries()) {
      all.push(prepareAt(index, instance, contract, options));
    }
  } catch (error) {
    // Those that are on their way end with the call, and nobody waits for them.
    for (const one of all) if (one instanceof Promise) one.catch(() => {});
    return fail(error);
  }
  return areReady(all) ? all : Promise.all(all.map(async (one) => one)).catch(fail);
}

function areReady(all: (Prepared | Promise<Prepared>)[]): all is Prepared[] {
  for (const one of all) if (one instanceof Promise) return false;
  return true;
}

function prepareAt(
  index: number,
  instance: Instance,
  contract: Contract,
  options: PrepareOptions,
): Prepared | Promise<Prepared> {
  const { partial, strict, cancellation } = options;
  const fail = (error: unknown): Prepared => {
    if (cancellation.aborted || !isOfInstance(error)) throw error;
    if (partial) return error;
    throw withDetails(error, { ...error.details, index });
  };
  const check = (prepared: PreparedExample): Prepared => {
    if (strict && prepared.provenance.isDamaged) throw new errors.GLIMPSE_IMAGE_DAMAGED();
    return prepared;
  };
  try {
    const prepared = prepareOne(instance, contract, options);
    return prepared instanceof Promise ? prepared.then(check).catch(fail) : check(prepared);
  } catch (error) {
    return fail(error);
  }
}

function prepareOne(
  instance: Instance,
  { preprocessing, signature }: Contract,
  { images, cancellation, account }: PrepareOptions,
): PreparedExample | Promise<PreparedExample> {
  if (instance.kind === 'failed') throw instance.error;
  const { layout } = signature.input;
  if (instance.kind === 'packed') return preparePackedPixels(instance, preprocessing, layout);
  if (instance.kind === 'tensor') return prepareTensor(instance, preprocessing, signature);
  if (instance.kind === 'image') refuseUnknownFile(instance.input, signature);
  return instance.kind === 'pixels'
    ? preparePixels(instance.values, preprocessing, layout)
    : images.prepareWithInk(instance.bytes, preprocessing, layout, cancellation, account);
}

/** The tensor that holds pixels of 0..255 for the preprocessing contract, whatever the model's own input is called. */
export const pixelsInput = 'pixels';

/** The one that holds encoded files. */
const filesInput = 'image';

/** The name that its sender gave a tensor decides what it is. */
function prepareTensor(
  tensor: Extract<Instance, { readonly kind: 'tensor' }>,
  preprocessing: Preprocessing,
  { input }: Signature,
): PreparedExample {
  const { input: name = input.name } = tensor;
  if (name === input.name)
    return prepareModelInput({ ...tensor, input: name }, preprocessing, input);
  if (name === pixelsInput) {
    return preparePackedPixels(readPixels(tensor), preprocessing, input.layout);
  }
  throw new errors.GLIMPSE_INPUT_UNKNOWN(name.slice(0, 100), input.name);
}

/** Files may stand under the name of the model's own input, too. */
export function refuseUnknownFile(name: string | undefined, { input }: Signature): void {
  if (name === undefined || name === filesInput || name === input.name) return;
  throw new errors.GLIMPSE_INPUT_UNKNOWN(name.slice(0, 100), input.name);
}

/** What is wrong with one image, as opposed to: too busy, caller gone, too late, our fault. */
export function isOfInstance(error: unknown): error is GlimpseError {
  return isGlimpseError(error) && error.statusCode < 500 && ![429, 499].includes(error.statusCode);
}
