import type { FileMetaData } from 'hyparquet';
import { parseObject } from '../../bytes/json-object.ts';
import { isRecord } from '../../../json.ts';

/** Class names of a label column of numbers, as Hugging Face keeps them in the file. */
export function classNamesOf(
  { key_value_metadata: pairs }: FileMetaData,
  column: string,
): readonly string[] | undefined {
  return classNamesIn(pairs?.find(({ key }) => key === 'huggingface')?.value, column);
}

/** The same, from what stands in a file under "huggingface". */
export function classNamesIn(
  text: string | undefined,
  column: string,
): readonly string[] | undefined {
  // What is not there is no JSON either.
  let value: unknown = parseObject(String(text));
  for (const key of ['info', 'features', column, 'names']) {
    value = isRecord(value) ? value[key] : undefined;
  }
  if (!Array.isArray(value)) return undefined;
  const names: unknown[] = value;
  return names.every((name) => typeof name === 'string') ? names : undefined;
}
