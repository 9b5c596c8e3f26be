import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** A place for what has to be unpacked or downloaded before it can be read; removed as a whole. */
export interface SpoolFolder {
  /** An unused path, with a name that does not come from a dataset. */
  next(): Promise<string>;
  close(): Promise<void>;
}

/** A folder in `parent`, made when it is first needed; what an interrupted run left there goes first. */
export function createSpoolFolder(parent: string): SpoolFolder {
  const folder = join(parent, 'spool');
  let made: Promise<number> | undefined;
  return {
    async next() {
      made = (made ?? empty(folder)).then((count) => count + 1);
      return join(folder, String(await made));
    },
    close: () => rm(folder, { recursive: true, force: true }),
  };
}

async function empty(folder: string): Promise<number> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  return 0;
}
