import { isGlimpseError } from '../../errors.ts';
import { pack, type Instance } from '../../serving/prepare-instances.ts';
import { packError, unpackError, type PackedError } from '../../threads.ts';
import type { JsonCounts } from '../json/json-scan.ts';

/** Instances on their way back. */
export type PackedInstances = readonly PackedInstance[];

type PackedInstance =
  Exclude<Instance, { readonly kind: 'failed' }> | { readonly packed: PackedError };

/** What reading takes at most: the text, the texts in it and the images they become, and what V8 makes of the rest. */
export function parsedBytes({ bytes, separators, arrays, objects, strings }: JsonCounts): number {
  return 4 * bytes + 24 * separators + 64 * (arrays + objects + strings);
}

/** Within the limits no text becomes more than that of many empty lists. */
export const mostPerByte = Math.ceil((4 * 3 + 24 + 64) / '[],'.length);

/** Instances as they go to another thread. */
export function packInstances(instances: readonly Instance[]): PackedInstances {
  return instances.map((instance) => {
    const packed = pack(instance);
    return packed.kind === 'failed' ? { packed: packError(packed.error) } : packed;
  });
}

/** An instance that has come back. */
export function unpackInstance(instance: PackedInstance): Instance {
  if (!('packed' in instance)) return instance;
  const error = unpackError(instance.packed);
  if (!isGlimpseError(error)) throw error;
  return { kind: 'failed', error };
}
