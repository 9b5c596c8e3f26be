import { errors } from '../../errors.ts';
import { isRecord, jsonProblemOf } from '../../json.ts';
import type { FileOnDisk, ReadOptions } from './byte-source.ts';
import { readLines } from './text-lines.ts';

/** The object a JSON text holds, or why it holds none. */
export function parseObject(text: string): Record<string, unknown> | string {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : 'it is not a JSON object';
  } catch (error) {
    return `it is not valid JSON: ${jsonProblemOf(error)}`;
  }
}

/** Longest first line that is looked into: a whole document on one line is no line of a table. */
const MAX_FIRST_LINE_BYTES = 8 * 1024 * 1024;

/** The object on the first line, when there is a whole one. */
export async function readFirstObject(
  file: FileOnDisk,
  options: ReadOptions,
  maxLineBytes = MAX_FIRST_LINE_BYTES,
): Promise<Record<string, unknown> | undefined> {
  try {
    for await (const { text } of readLines(file, options, maxLineBytes)) {
      const value = parseObject(text);
      return typeof value === 'string' ? undefined : value;
    }
  } catch (error) {
    if (!(error instanceof errors.GLIMPSE_DATASET_INVALID)) throw error;
  }
  return undefined;
}
