import { isName, versionNumbers } from '../../repository/names.ts';
import { UsageError } from '../command.ts';

/** What a word on the line names: a model, one of its versions, or a stored dataset. */
export type Subject =
  | { readonly model: string; readonly version?: number }
  | { readonly dataset: string; readonly digest: string };

export const subjectInWords = 'model, model/version, or dataset:name@digest';

/** "digits", "digits/3", "dataset:fruit@0a1b2c3d". */
export function subjectOf(word: string): Subject {
  const dataset = /^dataset:([^@]+)@([0-9a-f]+)$/.exec(word);
  if (dataset) return { dataset: dataset[1]!, digest: dataset[2]! };
  const [model = '', number, ...rest] = word.split('/');
  const [version] = versionNumbers(number === undefined ? [] : [number]);
  const isWhole = isName(model) && rest.length === 0 && (number === undefined || version);
  if (!isWhole) throw new UsageError(`"${word}" is no ${subjectInWords}.`);
  return version === undefined ? { model } : { model, version };
}
