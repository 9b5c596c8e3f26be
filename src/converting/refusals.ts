import { errors } from '../errors.ts';

/** A file that is broken, or lies about what is in it. */
export function unreadable(reason: string): Error {
  return new errors.GLIMPSE_MODEL_FILE_INVALID(`${reason}.`);
}

/** A net that is in order, and uses what is not converted. */
export function unsupported(reason: string): Error {
  return new errors.GLIMPSE_MODEL_UNSUPPORTED(`${reason}.`);
}

/** A sentence has room for so many characters of a foreign value. */
const mostCharacters = 80;
/** And for so many lengths of a shape: images and kernels have four. */
const mostLengths = 8;

/** A value of a foreign file as it may be shown: short, and without what moves a cursor. */
export function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : beginningOf(value);
  return JSON.stringify(text.length > mostCharacters ? `${text.slice(0, 77)}...` : text);
}

/** A shape as it may be shown: nobody reads the hundred lengths that a foreign file can give one. */
export function shownShape(lengths: readonly (number | null)[]): string {
  const first = lengths.slice(0, mostLengths).map((length) => length ?? '?');
  const others = lengths.length - first.length;
  return `[${first.join(', ')}${others > 0 ? `, ... ${others} more` : ''}]`;
}

/** A value as JSON, or the beginning of it: no more is walked through than will be seen, however large and deep it is. */
function beginningOf(value: unknown, room = mostCharacters): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, room + 1));
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'nothing';
  const isList = Array.isArray(value);
  const parts = isList
    ? value.slice(0, room + 1).map((part: unknown) => ['', part] as const)
    : Object.entries(value);
  let text = isList ? '[' : '{';
  for (const [key, part] of parts) {
    if (text.length > room) return text;
    if (text.length > 1) text += ',';
    if (!isList) text += `${JSON.stringify(key.slice(0, room + 1))}:`;
    text += beginningOf(part, room - text.length);
  }
  return `${text}${isList ? ']' : '}'}`;
}
