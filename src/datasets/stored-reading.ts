import { join } from 'node:path';
import type { ReadOptions } from './bytes/byte-source.ts';
import type { SpoolFolder } from './bytes/spool-folder.ts';
import { readIdxRows } from './formats/idx-rows.ts';
import { storedFiles } from './formats/write-idx.ts';
import { findStored, type DatasetStorage } from './places/stored.ts';
import { createPixelScale, leastMaximum } from './pixels/pixel-range.ts';
import type { PlannedReading } from './plan-reading.ts';
import type { Row } from './row.ts';
import { nothingIgnored } from './source.ts';
import type { DatasetSpec } from './spec.ts';

/** Reads a stored dataset from its verified files: in place where they are on this disk. */
export async function planStored(
  spec: DatasetSpec & { readonly uri: string },
  openRepository: () => DatasetStorage,
  { spool, limits, signal }: ReadOptions & { readonly spool: SpoolFolder },
): Promise<PlannedReading> {
  const repository = openRepository();
  const close = (): Promise<void> => repository.close();
  try {
    const manifest = await findStored(repository, spec.uri, signal);
    const opened = await repository.datasets.open(manifest, await spool.next(), signal);
    return {
      reading: {
        format: 'idx',
        rows: readRows(opened.folder, manifest.classes, { limits, signal }),
        classes: spec.classes ?? manifest.classes,
        scale: createPixelScale(undefined),
        leastMaximum: leastMaximum.certain,
        ignored: nothingIgnored,
        preprocessing: manifest.preprocessing,
        provenance: manifest.report.provenance,
      },
      confirm: () => opened.confirm(signal),
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
  options: ReadOptions,
): AsyncGenerator<Row> {
  const [images, labels] = [storedFiles.images, storedFiles.labels].map((name) => ({
    path: join(folder, name),
    name,
  }));
  for await (const row of readIdxRows(images!, labels!, options)) {
    yield { ...row, label: classes[Number(row.label)] };
  }
}
