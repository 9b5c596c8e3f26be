import { errors } from '../errors.ts';

/** Where things lie in a repository, and what they may be called. */
export const manifestFile = 'manifest.json';
export const claimFile = '_claim.json';
export const labelsFile = 'labels.json';

/** Kept by publishing itself, so nobody else may move it. */
export const latestLabel = 'latest';

const name = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const number = /^[1-9][0-9]{0,14}$/;

export function isModelName(text: string): boolean {
  return name.test(text);
}

/** GLIMPSE_BAD_NAME unless the text may name a model or a label. */
export function checkName(kind: 'model name' | 'label', text: string): void {
  if (!name.test(text)) throw new errors.GLIMPSE_BAD_NAME(kind, text.slice(0, 100));
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

export const versionKey = (model: string, version: number, path: string): string =>
  `${model}/${version}/${path}`;
