import type { Transferable } from 'node:worker_threads';
import { isGlimpseError } from '../../errors.ts';
import { pack, type Instance } from '../../serving/prepare-instances.ts';
import { packError, unpackError, wholeBuffers, type PackedError } from '../../threads.ts';
import { readJsonInstances } from './json-instances.ts';

/** A body on its way to the thread. */
export interface PackedBody {
  readonly body: Uint8Array;
  readonly maxImages: number;
}

/** Instances on their way back. */
export type PackedInstances = readonly PackedInstance[];

type PackedInstance =
  Exclude<Instance, { readonly kind: 'failed' }> | { readonly packed: PackedError };

/** What the thread does with a body. */
export function readPackedBody({ body, maxImages }: PackedBody): PackedInstances {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  return readJsonInstances(bytes, maxImages).map((instance) => {
    const packed = pack(instance);
    return packed.kind === 'failed' ? { packed: packError(packed.error) } : packed;
  });
}

/** The memory of instances that moves with them. */
export function transferOf(instances: PackedInstances): Transferable[] {
  return instances.flatMap((each) => {
    if ('packed' in each || each.kind === 'pixels') return [];
    return wholeBuffers(each.kind === 'packed' ? each.values : each.bytes);
  });
}

/** An instance that has come back. */
export function unpackInstance(instance: PackedInstance): Instance {
  if (!('packed' in instance)) return instance;
  const error = unpackError(instance.packed);
  if (!isGlimpseError(error)) throw error;
  return { kind: 'failed', error };
}
