import type { ModelList } from '../api/shapes.ts';

/** Who is asked: a model at production, or one of its labels or versions. */
export interface Target {
  readonly model: string;
  readonly label?: string;
  readonly version?: number;
}

export function pathOf({ model, label, version }: Target): string {
  const of = `/models/${encodeURIComponent(model)}`;
  if (version !== undefined) return `${of}/versions/${version}/predict`;
  return label === undefined
    ? `${of}/predict`
    : `${of}/labels/${encodeURIComponent(label)}/predict`;
}

export function nameOf({ model, label, version }: Target): string {
  if (version !== undefined) return `${model}, version ${version}`;
  return label === undefined ? model : `${model}, ${label}`;
}

/** Everyone that could be asked, the default model first. */
export function targetsIn({ defaultModel, models }: ModelList): Target[] {
  const ordered = models.toSorted(
    (a, b) => Number(b.model === defaultModel) - Number(a.model === defaultModel),
  );
  return ordered.flatMap(({ model, labels, versions }) => [
    { model },
    ...Object.keys(labels)
      .filter((label) => label !== 'production' && label !== 'latest')
      .map((label) => ({ model, label })),
    ...versions.toReversed().map(({ version }) => ({ model, version })),
  ]);
}
