import {
  deletedFile,
  isModelName,
  labelsFile,
  manifestFile,
  policyFile,
  versionNumbers,
} from './names.ts';
import type { StoredKey } from './stores/artifact-store.ts';

/** A version that has a manifest. */
export interface ListedVersion {
  readonly version: number;
  /** Of all its files together. */
  readonly bytes: number;
}

/** The etag of a file beside the versions, null where there is none; undefined where a listing does not tell etags. */
export type ListedEtag = string | null | undefined;

/** What one listing of its keys tells about a model. */
export interface ListedModel {
  readonly model: string;
  /** Ascending. */
  readonly versions: readonly ListedVersion[];
  /** Versions that were deleted on purpose, and can still be taken back. */
  readonly deleted: readonly number[];
  readonly labelsEtag: ListedEtag;
  readonly policyEtag: ListedEtag;
}

interface Found {
  readonly sizes: Map<string, number>;
  readonly whole: Set<string>;
  readonly deleted: Set<string>;
  readonly etags: Map<string, ListedEtag>;
  isDeleted: boolean;
}

/** A version exists when its manifest does, so one listing tells them all. Sorted by name. */
export function modelsOf(keys: readonly StoredKey[]): ListedModel[] {
  const models = new Map<string, Found>();
  for (const stored of keys) {
    const [model, ...rest] = stored.key.split('/');
    if (model === undefined || rest.length === 0 || !isModelName(model)) continue;
    const found = models.get(model) ?? nothingFound();
    models.set(model, found);
    addKey(found, rest, stored);
  }
  // Whether a listing tells etags is seen by any of its keys.
  const tellsEtags = keys.some(({ etag }) => etag !== undefined);
  return [...models]
    .map(([model, found]) => describe(model, found, tellsEtags))
    .sort((a, b) => (a.model < b.model ? -1 : 1));
}

/** The same for the keys of one model, of which there may be none. */
export function modelOf(model: string, keys: readonly StoredKey[]): ListedModel {
  const [listed] = modelsOf(keys);
  return (
    listed ?? { model, versions: [], deleted: [], labelsEtag: undefined, policyEtag: undefined }
  );
}

function nothingFound(): Found {
  return {
    sizes: new Map(),
    whole: new Set(),
    deleted: new Set(),
    etags: new Map(),
    isDeleted: false,
  };
}

function addKey(found: Found, [first = '', ...rest]: string[], { size, etag }: StoredKey): void {
  if (rest.length === 0) {
    found.etags.set(first, etag);
    found.isDeleted ||= first === deletedFile;
    return;
  }
  found.sizes.set(first, (found.sizes.get(first) ?? 0) + size);
  if (rest.length > 1) return;
  if (rest[0] === manifestFile) found.whole.add(first);
  if (rest[0] === deletedFile) found.deleted.add(first);
}

function describe(model: string, found: Found, tellsEtags: boolean): ListedModel {
  const etagOf = (file: string): ListedEtag =>
    tellsEtags ? (found.etags.get(file) ?? null) : undefined;
  const whole = versionNumbers([...found.whole]).sort((a, b) => a - b);
  const isDeleted = (version: number): boolean =>
    found.isDeleted || found.deleted.has(String(version));
  return {
    model,
    versions: whole
      .filter((version) => !isDeleted(version))
      .map((version) => ({ version, bytes: found.sizes.get(String(version)) ?? 0 })),
    deleted: whole.filter(isDeleted),
    labelsEtag: etagOf(labelsFile),
    policyEtag: etagOf(policyFile),
  };
}
