import { basename } from 'node:path';
import { errors, messageOf, withDetails } from '../errors.ts';

/** A quoted absolute path, of this system or another. */
const quotedPath = /"(?:\/|[A-Za-z]:[\\/])[^"]*"/g;

/**
 * Why ONNX Runtime could not open a file. It names the file, and those with its weights, by their paths on this
 * machine, which is nobody's business outside: only their last part stays.
 */
export function cannotOpen(error: unknown, file: string | undefined): Error {
  const message = messageOf(error);
  const named = file === undefined ? message : message.replaceAll(file, basename(file));
  const reason = named.replaceAll(quotedPath, (path) => `"${basename(path.slice(1, -1))}"`);
  return withDetails(
    new errors.GLIMPSE_MODEL_INVALID(`ONNX Runtime cannot open it. ${reason}`),
    {},
    error,
  );
}
