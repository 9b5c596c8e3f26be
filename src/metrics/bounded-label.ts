/** What a label value becomes once its metric knows as many values as it may. */
export const otherValue = 'other';

/**
 * A gate for label values that callers choose (model names): the first `limit` different ones pass,
 * later ones are counted together as `other`, so no client can make the process grow.
 */
export function boundedLabel(limit: number): (value: string) => string {
  const known = new Set<string>();
  return (value) => {
    if (known.has(value)) return value;
    if (known.size >= limit) return otherValue;
    known.add(value);
    return value;
  };
}

/** What is made once for each model that `boundModel` keeps apart, and once for all the others. */
export function byModel<Made>(
  boundModel: (model: string) => string,
  make: (model: string) => Made,
): (model: string) => Made {
  const known = new Map<string, Made>();
  return (model) => {
    const found = known.get(model);
    if (found) return found;
    const bound = boundModel(model);
    const made = known.get(bound) ?? make(bound);
    known.set(bound, made);
    return made;
  };
}
