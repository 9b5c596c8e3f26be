import type { Transferable } from 'node:worker_threads';
import { errors, isGlimpseError } from '../../errors.ts';
import { pack, type Instance } from '../../serving/prepare-instances.ts';
import { packError, unpackError, wholeBuffers, type PackedError } from '../../threads.ts';
import { readJsonInstances } from './json-instances.ts';
import { JsonScan, type JsonCounts, type JsonLimits } from '../json-scan.ts';

/** A body on its way to the thread. */
export interface PackedBody {
  readonly body: Uint8Array;
  readonly maxImages: number;
  /** What reading it may take at most. */
  readonly maxBytes: number;
}

/** Instances on their way back. */
export type PackedInstances = readonly PackedInstance[];

type PackedInstance =
  Exclude<Instance, { readonly kind: 'failed' }> | { readonly packed: PackedError };

/**
 * {"instances": [[rows of [columns of [channels]]]]} is as deep as it gets; texts are keys, base64 and data URLs. A few
 * more are let through, so that the refusal can name what was meant.
 */
export function jsonLimits(maxImages: number): JsonLimits {
  return { depth: 5, objects: 1 + maxImages, arrays: Infinity, strings: 16 + 4 * maxImages };
}

/** What reading takes at most: the text, the texts in it and the images they become, and what V8 makes of the rest. */
export function parsedBytes({ bytes, separators, arrays, objects, strings }: JsonCounts): number {
  return 4 * bytes + 24 * separators + 64 * (arrays + objects + strings);
}

/** Within the limits no text becomes more than that of many empty lists. */
export const mostPerByte = Math.ceil((4 * 3 + 24 + 64) / '[],'.length);

/** What the thread does with a body: looks it through, and reads it if that costs no more than it may. */
export function readPackedBody({ body, maxImages, maxBytes }: PackedBody): PackedInstances {
  const scan = new JsonScan(jsonLimits(maxImages));
  scan.push(body);
  const needed = parsedBytes(scan.counts);
  if (needed > maxBytes) throw new errors.GLIMPSE_REQUEST_TOO_COSTLY(needed, Math.floor(maxBytes));
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  return packInstances(readJsonInstances(bytes, maxImages));
}

/** Instances as they go to another thread. */
export function packInstances(instances: readonly Instance[]): PackedInstances {
  return instances.map((instance) => {
    const packed = pack(instance);
    return packed.kind === 'failed' ? { packed: packError(packed.error) } : packed;
  });
}

/** The memory of instances that moves with them. */
export function transferOf(instances: PackedInstances): Transferable[] {
  return instances.flatMap((each) => {
    if ('packed' in each || each.kind === 'pixels') return [];
    return wholeBuffers(each.kind === 'image' ? each.bytes : each.values);
  });
}

/** An instance that has come back. */
export function unpackInstance(instance: PackedInstance): Instance {
  if (!('packed' in instance)) return instance;
  const error = unpackError(instance.packed);
  if (!isGlimpseError(error)) throw error;
  return { kind: 'failed', error };
}
