import { errors } from '../errors.ts';

/** A file that is broken, or lies about what is in it. */
export function unreadable(reason: string): Error {
  return new errors.GLIMPSE_MODEL_FILE_INVALID(`${reason}.`);
}

/** A net that is in order, and uses what is not converted. */
export function unsupported(reason: string): Error {
  return new errors.GLIMPSE_MODEL_UNSUPPORTED(`${reason}.`);
}

/** A name of a foreign file as it may be shown: short, and without what moves a cursor. */
export function shown(name: unknown): string {
  const text = typeof name === 'string' ? name : (JSON.stringify(name) ?? 'nothing');
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 77)}...` : text);
}
