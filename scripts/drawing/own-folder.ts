import { open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** What a drawing script writes: the names of files in each folder it makes. */
export type DrawnFiles = Readonly<Record<string, RegExp>>;

/**
 * Empties a folder that is drawn anew, so that nothing of an earlier drawing stays. One that holds anything else is
 * refused, with the first such name, and nothing is deleted.
 */
export async function emptyDrawn(folder: string, drawn: DrawnFiles): Promise<void> {
  const foreign = await firstForeign(folder, drawn);
  if (foreign !== undefined) {
    throw new Error(
      `${folder} holds ${foreign}, which was not drawn by this script; nothing was deleted. Name another folder, or move it away.`,
    );
  }
  await rm(folder, { recursive: true, force: true });
}

/** Refuses to write over a file that begins in another way than what is drawn; one that is not there or empty is fine. */
export async function refuseForeignFile(file: string, beginning: RegExp): Promise<void> {
  const start = await startOf(file);
  if (start === '' || beginning.test(start)) return;
  throw new Error(`${file} was not drawn by this script and is not overwritten; move it away.`);
}

async function firstForeign(folder: string, drawn: DrawnFiles): Promise<string | undefined> {
  for (const entry of await entriesOf(folder)) {
    const files = Object.hasOwn(drawn, entry.name) ? drawn[entry.name] : undefined;
    if (files === undefined || !entry.isDirectory()) return entry.name;
    const inner = await entriesOf(join(folder, entry.name));
    const foreign = inner.find((one) => !one.isFile() || !files.test(one.name));
    if (foreign !== undefined) return join(entry.name, foreign.name);
  }
  return undefined;
}

/** None where there is no such folder; a file in its place is an error. */
async function entriesOf(folder: string) {
  return readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
}

async function startOf(file: string): Promise<string> {
  const handle = await open(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (handle === undefined) return '';
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(200), 0, 200, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await handle.close();
  }
}
