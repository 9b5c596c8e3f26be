import type { HdfGroup } from '../containers/hdf5/hdf5-file.ts';
import { shown, unreadable } from '../refusals.ts';
import type { ModelWeights } from '../topology/model-weights.ts';
import { namedWeights, type NamedArrays } from './named-weights.ts';

/** The weights of a .h5 file: a group for each layer by its name, which lists its arrays in order. */
export function legacyWeights(group: HdfGroup): ModelWeights {
  const known = new Map<string, NamedArrays>();
  return namedWeights((layer) => {
    const found = known.get(layer) ?? arraysIn(group, layer);
    if (found) known.set(layer, found);
    return found;
  });
}

function arraysIn(group: HdfGroup, layer: string): NamedArrays | undefined {
  const own = group.group(layer);
  return (
    own &&
    textsIn(own, 'weight_names').map((name) => ({
      name,
      array: () => {
        const array = own.numbers(name);
        if (!array) throw unreadable(`the weights ${shown(name)} are named and are not there`);
        return array;
      },
    }))
  );
}

/** Texts of an attribute, which is divided into numbered ones when it is too long for one. */
export function textsIn(group: HdfGroup, name: string): string[] {
  const whole = group.texts(name);
  if (whole) return whole;
  const parts: string[] = [];
  for (let i = 0; ; i += 1) {
    const part = group.texts(`${name}${i}`);
    if (!part) return parts;
    parts.push(...part);
  }
}
