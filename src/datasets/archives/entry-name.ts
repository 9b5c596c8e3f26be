import { errors } from '../../errors.ts';
import { printable } from '../file-names.ts';

/** Longest name of an entry, in bytes. */
const MAX_NAME_BYTES = 1024;

/**
 * The name of an archive's entry as a path inside the archive: "/" between parts, no "." parts, one
 * spelling (NFC). Entries are never written under their names, yet a name that would leave the archive
 * is a sign of an attack, so the whole archive is refused: GLIMPSE_ARCHIVE_UNSAFE.
 */
export function checkEntryName(name: string): string {
  const problem = entryNameProblem(name);
  if (problem) throw new errors.GLIMPSE_ARCHIVE_UNSAFE(printable(name), problem);
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  return parts.join('/').normalize('NFC');
}

/** What makes a name one that leaves the archive, or one that no honest writer gives. */
export function entryNameProblem(name: string): string | undefined {
  if (Buffer.byteLength(name) > MAX_NAME_BYTES)
    return `its name is longer than ${MAX_NAME_BYTES} bytes`;
  // oxlint-disable-next-line no-control-regex
  if (/[\u0000-\u001f\u007f]/.test(name)) return 'its name holds a control character';
  if (name.includes('\\')) return 'its name holds a backslash';
  if (name.startsWith('/')) return 'its name is an absolute path';
  if (/^[a-z]:/i.test(name)) return 'its name begins with a drive letter';
  if (name.split('/').includes('..')) return 'its name leaves the archive by ".."';
  return undefined;
}
