import { randomUUID } from 'node:crypto';
import { link, readFile, rm, stat } from 'node:fs/promises';
import type { ArtifactStore } from '../../repository/stores/artifact-store.ts';

/** The files of jobs beside their records, `_job-files/<id>/<name>`: uploads, logs, and what an attempt goes on from. */
export interface JobFiles {
  /** The names of what there is of a job. */
  names(id: string): Promise<string[]>;
  /** Puts the present state of a file there, which may be replaced or appended to meanwhile. */
  put(id: string, name: string, file: string): Promise<void>;
  /** Brings it to this machine; false when there is none. */
  fetch(id: string, name: string, file: string): Promise<boolean>;
  /** What is in a small one; undefined when there is none. */
  read(id: string, name: string): Promise<Uint8Array | undefined>;
  /** Removes these files of a job, or all. */
  remove(id: string, names?: readonly string[]): Promise<void>;
}

const folder = '_job-files';
const keyOf = (id: string, name: string): string => `${folder}/${id}/${name}`;
/** What is larger is not read into memory. */
const SMALL_BYTES = 2 ** 20;

/** The files of jobs in a store; one of more than `maxBytes` is not brought to this machine. */
export function createJobFiles(store: ArtifactStore, maxBytes: number): JobFiles {
  const names = async (id: string): Promise<string[]> => {
    const prefix = `${folder}/${id}/`;
    return (await store.list(`${folder}/${id}`)).map(({ key }) => key.slice(prefix.length));
  };
  return {
    names,
    async put(id, name, file) {
      await withSnapshot(file, (snapshot) => store.write(keyOf(id, name), snapshot));
    },
    async fetch(id, name, file) {
      await rm(file, { force: true });
      return store.download(keyOf(id, name), file, { maxBytes });
    },
    async read(id, name) {
      const found = await store.read(keyOf(id, name), { maxBytes: 16 * SMALL_BYTES });
      return typeof found === 'object' ? found.body : undefined;
    },
    async remove(id, some) {
      for (const name of some ?? (await names(id))) await store.remove(keyOf(id, name));
    },
  };
}

/**
 * Large files are replaced whole by renaming, so that another link to one keeps what it was; small ones may be
 * appended to, and are read at once.
 */
async function withSnapshot<T>(
  file: string,
  use: (snapshot: Uint8Array | { readonly file: string }) => Promise<T>,
): Promise<T> {
  const snapshot = `${file}.${randomUUID()}`;
  await link(file, snapshot);
  try {
    const bytes = await readSmall(snapshot);
    return await use(bytes ?? { file: snapshot });
  } finally {
    await rm(snapshot, { force: true });
  }
}

async function readSmall(file: string): Promise<Uint8Array | undefined> {
  return (await stat(file)).size > SMALL_BYTES ? undefined : readFile(file);
}
