import { errors } from '../errors.ts';

/** Where things lie in a repository, and what they may be called. */
export const manifestFile = 'manifest.json';
export const claimFile = '_claim.json';
export const labelsFile = 'labels.json';
/** Of a model: which rule gives its versions the label `production`. */
export const policyFile = 'policy.json';
/**
 * Of a model: who answers for production. Its revision stands under the same name among the labels, where
 * releases that know nothing of it see a label like any other.
 */
export const trafficFile = 'traffic.json';
/** Beside the manifest of a version, the labels of a model or the description of a dataset: it was deleted on purpose. */
export const deletedFile = '_deleted.json';
/** Of a model: changes that wait for a second caller. */
export const approvalsFile = 'approvals.json';
/** The same, once its files have begun to be removed. */
export const purgingFile = '_purging.json';
/** Stands among the labels of a model, and is none: counts how often something of it was deleted or taken back. */
export const deletionsEntry = 'deletions.json';
/** Numbers that models had whose files were removed: `_deleted/<model>.json`. */
export const deletedFolder = '_deleted';
/** Beside the manifest of a version: what was decided about it. */
export const releaseFile = 'release.json';

/**
 * Beside the models: the stored datasets, `datasets/<name>/<digest>/`, and for each name which of them is
 * the latest. A dataset exists when its description does.
 */
export const datasetsFolder = 'datasets';
export const datasetFile = 'dataset.json';
export const latestDatasetFile = 'latest.json';

/** Beside the models, under no name of one: what changed about each, `_history/<model>/<folder>/<number>.json`. */
export const historyFolder = '_history';

/**
 * Beside the models: which version was decided to be the one of a publication that several tried, `_published/<name>.json`.
 * It stays: whoever comes late, however late, finds it.
 */
export const publishedFolder = '_published';

/** Says which version answers when nobody names one. */
export const productionLabel = 'production';

/** Kept by publishing itself, so nobody else may move it. */
export const latestLabel = 'latest';

const name = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const number = /^[1-9][0-9]{0,14}$/;

/** Whether the text has the form of every name: of models, labels and datasets. */
export function isName(text: string): boolean {
  return name.test(text);
}

export function isModelName(text: string): boolean {
  return name.test(text) && !isReserved(text);
}

/** GLIMPSE_BAD_NAME or GLIMPSE_NAME_RESERVED unless the text may name such a thing. */
export function checkName(kind: 'model name' | 'label' | 'dataset name', text: string): void {
  if (!name.test(text)) throw new errors.GLIMPSE_BAD_NAME(kind, text.slice(0, 100));
  if (kind === 'model name' && isReserved(text)) throw new errors.GLIMPSE_NAME_RESERVED(text);
}

/** GLIMPSE_BAD_NAME, or GLIMPSE_INVALID_REQUEST for the label that nobody may set. */
export function checkLabel(label: string): void {
  checkName('label', label);
  if (label === latestLabel) {
    const reason = 'the label "latest" follows the newest version by itself';
    throw new errors.GLIMPSE_INVALID_REQUEST(reason);
  }
  if (label === trafficFile || label === deletionsEntry) {
    throw new errors.GLIMPSE_INVALID_REQUEST(`the label "${label}" is the repository's own`);
  }
}

/** Compared without regard to case, which some file systems ignore. */
function isReserved(text: string): boolean {
  return text.toLowerCase() === datasetsFolder;
}

/** A model and a version as they stand in an address; unusable ones name nothing that exists. */
export function checkVersion(model: string, version: number): void {
  checkName('model name', model);
  if (!Number.isSafeInteger(version) || version < 1) {
    throw new errors.GLIMPSE_VERSION_NOT_FOUND(model, version);
  }
}

/** The numbers among folder names. "007" and "1e3" are not versions. */
export function versionNumbers(folders: readonly string[]): number[] {
  return folders.filter((folder) => number.test(folder)).map(Number);
}

export const datasetKey = (dataset: string, digest: string, path: string): string =>
  `${datasetsFolder}/${dataset}/${digest}/${path}`;

export const versionKey = (model: string, version: number, path: string): string =>
  `${model}/${version}/${path}`;
