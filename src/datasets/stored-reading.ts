import { join } from 'node:path';
import type { ReadLimits } from './bytes/byte-source.ts';
import type { SpoolFolder } from './bytes/spool-folder.ts';
import { readIdxRows } from './formats/idx-rows.ts';
import { storedFiles } from './formats/write-idx.ts';
import { findStored, type DatasetHome } from './places/stored.ts';
import type { PlannedReading } from './plan-reading.ts';
import type { Row } from './row.ts';
import type { DatasetSpec } from './spec.ts';

/** Reads a stored dataset from its verified files: in place where they are on this disk. */
export async function planStored(
  spec: DatasetSpec & { readonly uri: string },
  openHome: () => DatasetHome,
  { spool, limits }: { readonly spool: SpoolFolder; readonly limits: ReadLimits },
): Promise<PlannedReading> {
  const home = openHome();
  const close = (): Promise<void> => home.close();
  try {
    const manifest = await findStored(home, spec.uri, limits.signal);
    const opened = await home.datasets.open(manifest, await spool.next(), limits.signal);
    return {
      reading: {
        format: 'idx',
        rows: readRows(opened.folder, manifest.classes, limits),
        classes: spec.classes ?? manifest.classes,
        ignored: { count: 0, archives: 0, names: [] },
        preprocessing: manifest.preprocessing,
      },
      confirm: () => opened.confirm(limits.signal),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The rows of the pair, under the names of their classes. */
async function* readRows(
  folder: string,
  classes: readonly string[],
  limits: ReadLimits,
): AsyncGenerator<Row> {
  const { images, labels } = storedFiles;
  for await (const row of readIdxRows(join(folder, images), join(folder, labels), limits)) {
    yield 'problem' in row ? row : { ...row, label: classes[Number(row.label)] };
  }
}
