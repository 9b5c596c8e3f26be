import { readFileSync } from 'node:fs';
import { isRecord } from '../json.ts';
import { messageOf } from '../errors.ts';
import { UsageError, type Argument, type Option, type ValuesOf } from './command.ts';

/** A word that must be there. */
export function required(description: string): Argument<string> {
  return { form: 'required', description };
}

/** A word that may be left out. */
export function optional(description: string): Argument<string | undefined> {
  return { form: 'optional', description };
}

/** One word or more. */
export function many(description: string): Argument<readonly string[]> {
  return { form: 'many', description };
}

/** As many words as there are. */
export function any(description: string): Argument<readonly string[]> {
  return { form: 'any', description };
}

/** On or off; off unless it is given. */
export function flag(description: string): Option<boolean> {
  return { description, fallback: false };
}

/** Text as it stands. */
export function text(value: string, description: string): Option<string | undefined> {
  return { value, description };
}

/** Text that is `fallback` unless it is given. */
export function textOr(fallback: string, value: string, description: string): Option<string> {
  return { value, description, fallback };
}

/** Text that must be given. */
export function requiredText(value: string, description: string): Option<string> {
  return { value, description, isRequired: true };
}

/** Text that may be given several times. */
export function texts(value: string, description: string): Option<readonly string[]> {
  return {
    value,
    description: `${description}; may be given more than once`,
    fallback: [],
    read: (given, before = []) => [...before, given],
  };
}

/** One of a few words. */
export function choice<T extends string>(
  values: readonly T[],
  description: string,
): Option<T | undefined> {
  return {
    value: values.join('|'),
    description,
    read(given) {
      const found = values.find((value) => value === given);
      if (found !== undefined) return found;
      throw new UsageError(`takes ${values.join(' or ')}, not "${given}".`);
    },
  };
}

/** Any number; what is allowed may be up to the schema of a request. */
export function number(value: string, description: string): Option<number | undefined> {
  return { value, description, read: (given) => numberOf(given) };
}

/** A whole number from 1 on. */
export function count(value: string, description: string): Option<number | undefined> {
  return {
    value,
    description,
    read(given) {
      if (/^[1-9]\d{0,8}$/.test(given)) return Number(given);
      throw new UsageError(`takes a whole number, not "${given}".`);
    },
  };
}

/** A share of one. */
export function share(description: string): Option<number | undefined> {
  return {
    value: '0..1',
    description,
    read(given) {
      if (/^\d+(\.\d+)?$/.test(given) && Number(given) <= 1) return Number(given);
      throw new UsageError(`takes a number from 0 to 1, not "${given}".`);
    },
  };
}

/** A name as it stands, JSON, or the JSON in a file after "@". */
export function nameOrJson(value: string, description: string): Option<unknown> {
  return { value, description, read: nameOrJsonOf };
}

/** The JSON object in a file. */
export function jsonFile(
  value: string,
  description: string,
): Option<Record<string, unknown> | undefined> {
  return { value, description, read: readJson };
}

/** The values of all options where some of them were given, by their keys. */
export function withFallbacks<O extends Readonly<Record<string, Option<unknown>>>>(
  options: O,
  given: Readonly<Record<string, unknown>>,
): ValuesOf<O>;
export function withFallbacks(
  options: Readonly<Record<string, Option<unknown>>>,
  given: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const fallbacks = Object.entries(options).map(([name, { fallback }]) => [name, fallback]);
  return { ...Object.fromEntries(fallbacks), ...given };
}

/** The fields that were given. */
export function defined(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function numberOf(given: string): number {
  const found = Number(given);
  if (given.trim() !== '' && !Number.isNaN(found)) return found;
  throw new UsageError(`takes a number, not "${given}".`);
}

function nameOrJsonOf(given: string): unknown {
  if (given.startsWith('@')) return readJson(given.slice(1));
  return /^\s*[{[]/.test(given) ? parseJson(given) : given;
}

function readJson(file: string): Record<string, unknown> {
  let content: string;
  try {
    content = readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`cannot read ${file} (${messageOf(error)}).`, { cause: error });
  }
  const value = parseJson(content);
  if (!isRecord(value)) throw new UsageError(`takes a JSON object, and ${file} holds none.`);
  return value;
}

function parseJson(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch (error) {
    throw new UsageError(`takes JSON: ${messageOf(error)}`, { cause: error });
  }
}
