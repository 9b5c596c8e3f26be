import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** More alternatives in braces than this are a slip. */
const maxAlternatives = 1000;

/** Whether a word is a pattern for names of files, and no name. */
export function isGlob(word: string): boolean {
  return /[*?[{]/.test(word);
}

/**
 * The files that fit a pattern, sorted: `*` and `?` stand for characters of a name, `[ab]` for one of some, `{a,b}` for
 * one of several texts, and `**` for any folders. Names that begin with a dot are found by patterns that do. A folder
 * that cannot be read has no files.
 */
export async function filesOf(pattern: string): Promise<string[]> {
  const found = new Set<string>();
  for (const alternative of alternativesOf(pattern)) {
    const isAbsolute = alternative.startsWith('/');
    const segments = alternative.split('/').filter((segment) => segment !== '');
    await walk(isAbsolute ? '/' : '', segments, found);
  }
  return [...found].sort();
}

/** Follows the pattern down from a folder, one segment at a time. */
async function walk(
  folder: string,
  [segment, ...rest]: readonly string[],
  found: Set<string>,
): Promise<void> {
  if (segment === undefined) return;
  const below = async (name: string, segments: readonly string[]): Promise<void> => {
    const path = join(folder, name);
    if (segments.length > 0) await walk(path, segments, found);
    else if ((await stat(path).catch(() => undefined))?.isFile()) found.add(path);
  };
  if (segment === '**') {
    if (rest.length === 0) return walk(folder, ['**', '*'], found);
    await walk(folder, rest, found);
    for (const entry of await entriesOf(folder)) {
      // A link to a folder is not followed: it may lead back to one above.
      const isBelow = entry.isDirectory() && !entry.name.startsWith('.');
      if (isBelow) await below(entry.name, [segment, ...rest]);
    }
    return;
  }
  if (!isGlob(segment)) return below(segment, rest);
  const fits = nameTest(segment);
  for (const { name } of await entriesOf(folder)) {
    if (fits.test(name)) await below(name, rest);
  }
}

async function entriesOf(folder: string) {
  return readdir(folder === '' ? '.' : folder, { withFileTypes: true }).catch(() => []);
}

/** What one segment of a pattern says of a name. */
function nameTest(segment: string): RegExp {
  const source = segment.replaceAll(/\[([!^]?)([^\]]+)\]|[\s\S]/g, (token, not, set) => {
    if (typeof set === 'string') return `[${not === '' ? '' : '^'}${escaped(set)}]`;
    if (token === '*') return '.*';
    return token === '?' ? '.' : escaped(token);
  });
  const start = segment.startsWith('.') ? '^' : String.raw`^(?!\.)`;
  try {
    return new RegExp(`${start}${source}$`, 'su');
  } catch {
    // A set such as [z-a] holds nothing.
    return /^(?!)/;
  }
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`);
}

/** The patterns without braces that a pattern with some stands for. */
function alternativesOf(pattern: string): string[] {
  const done: string[] = [];
  const open = [pattern];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [whole, before, inner, after] =
      /^([\s\S]*?)\{([^{}]*,[^{}]*)\}([\s\S]*)$/.exec(next) ?? [];
    if (whole === undefined || done.length + open.length > maxAlternatives) done.push(next);
    else open.push(...inner!.split(',').map((text) => `${before}${text}${after}`));
  }
  return done;
}
