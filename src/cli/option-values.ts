import { readFileSync } from 'node:fs';
import { UsageError } from './command.ts';
import { isRecord } from '../json.ts';

/** The fields that were given. */
export function defined(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** The number an option was given. */
export function numeric(values: Record<string, unknown>, name: string): number | undefined {
  const value = values[name];
  if (typeof value !== 'string') return undefined;
  const number = Number(value);
  if (value.trim() === '' || Number.isNaN(number)) {
    throw new UsageError(`--${name} takes a number, not "${value}".`);
  }
  return number;
}

/** A name as it stands, JSON, or the JSON in a file after "@". */
export function named(value: string | undefined, option: string): unknown {
  if (value === undefined) return undefined;
  if (value.startsWith('@')) return readJson(value.slice(1), option);
  return /^\s*[{[]/.test(value) ? parseJson(value, option) : value;
}

/** The JSON object in a file. */
export function readJson(file: string, option: string): Record<string, unknown> {
  let content: string;
  try {
    content = readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`${option}: ${file} cannot be read.`, { cause: error });
  }
  const value = parseJson(content, option);
  if (!isRecord(value)) throw new UsageError(`${option}: ${file} holds no JSON object.`);
  return value;
}

function parseJson(content: string, option: string): unknown {
  try {
    return JSON.parse(content);
  } catch (error) {
    throw new UsageError(`${option}: ${error instanceof Error ? error.message : 'no JSON'}`);
  }
}
