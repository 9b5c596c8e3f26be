import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errors, messageOf } from '../../errors.ts';

/** An image whose class is known. */
export interface Example {
  readonly path: string;
  readonly label: string;
  readonly bytes: Buffer;
}

/** So many images tell enough, and are asked about for each contract. */
const MOST_EXAMPLES = 40;

/**
 * The images of a folder with a folder for each class, the first of every class before the second of any, 40 at most.
 * GLIMPSE_EXAMPLES_INVALID when a folder is called as no class is, or when they are of fewer than two classes.
 */
export async function readExamples(
  folder: string,
  classes: readonly string[],
): Promise<readonly Example[]> {
  const entries = (await list(folder)).filter((entry) => entry.isDirectory());
  const labels = entries.map(({ name }) => name);
  const strange = labels.filter((name) => !classes.includes(name));
  if (strange.length > 0) {
    throw new errors.GLIMPSE_EXAMPLES_INVALID(
      `the model has no class called ${strange.slice(0, 5).join(', ')}; it has ${classes.slice(0, 10).join(', ')}${classes.length > 10 ? ', ...' : ''}`,
    );
  }
  const perClass = await Promise.all(
    labels.map(async (label) => {
      const files = (await list(join(folder, label))).filter((entry) => entry.isFile());
      return files.map(({ name }) => ({ label, path: join(folder, label, name) }));
    }),
  );
  if (perClass.filter((files) => files.length > 0).length < 2) {
    throw new errors.GLIMPSE_EXAMPLES_INVALID(
      `${folder} must hold folders of at least two classes, with images in them`,
    );
  }
  const longest = Math.max(...perClass.map((files) => files.length));
  const rounds = Array.from({ length: longest }, (_, at) =>
    perClass.flatMap((files) => files[at] ?? []),
  );
  return await Promise.all(
    rounds
      .flat()
      .slice(0, MOST_EXAMPLES)
      .map(async (file) => ({ ...file, bytes: await readFile(file.path) })),
  );
}

/** What a folder holds by name, without what is hidden. */
async function list(folder: string) {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    throw new errors.GLIMPSE_EXAMPLES_INVALID(`${folder} cannot be read (${messageOf(error)})`);
  });
  return entries
    .filter(({ name }) => !name.startsWith('.'))
    .toSorted((one, other) => (one.name < other.name ? -1 : 1));
}
