import { isArchive } from './archives/open-archive.ts';
import type { FileOnDisk } from './bytes/byte-source.ts';
import { compressionOfFile } from './bytes/compressions.ts';
import { detectFormat } from './detect-format.ts';
import { checkTable } from './formats/table-parts.ts';
import { readManifest } from './images/image-manifest.ts';
import { isForeignRefusal } from './formats/foreign/refuse-foreign.ts';
import { isLabelColumnRefusal } from './label-column.ts';
import { withLocalCopy, type LocatedDataset } from './source.ts';
import type { DatasetSpec } from './spec.ts';

/**
 * Most bytes that are looked at, after decompression; of Parquet, of its footer. A server does this itself,
 * and a file must not exhaust its memory: whole datasets are read by processes of their own.
 */
const limits = { maxBytes: 1024 * 1024 };

/**
 * Refuses a dataset of one file on this disk when its first row shows that its label column is not clear, so
 * that it is known before a job is queued, and what is no dataset at all. Anything else that is wrong with it is an error of the job.
 */
export async function checkFirstRow(
  located: LocatedDataset,
  spec: Pick<DatasetSpec, 'format' | 'labelColumn' | 'imageColumn' | 'path'>,
): Promise<void> {
  const { source, labels } = located;
  const [file, ...more] = source.files;
  if (!file || more.length > 0 || labels || source.isFolder || spec.path !== undefined) return;
  try {
    await withLocalCopy(file, undefined, (copy) => readFirstRow(copy, located, spec));
  } catch (error) {
    if (isLabelColumnRefusal(error) || isForeignRefusal(error)) throw error;
  }
}

async function readFirstRow(
  file: FileOnDisk,
  { source, labels }: LocatedDataset,
  {
    format: wanted,
    labelColumn,
    imageColumn,
  }: Pick<DatasetSpec, 'format' | 'labelColumn' | 'imageColumn'>,
): Promise<void> {
  // Unpacking the other compressions takes long enough to keep a server from answering.
  if (![undefined, 'gzip'].includes(await compressionOfFile(file.path))) return;
  if (await isArchive(file)) return;
  const format = wanted ?? (await detectFormat(source, labels, { limits }));
  if (format === 'idx' || format === 'numpy' || format === 'cifar') return;
  if (format !== 'images') return checkTable(file, format, { limits, labelColumn, imageColumn });
  const manifest = { limits, labelColumn, find: () => Promise.resolve(undefined) };
  for await (const _ of readManifest(file, manifest)) break;
}
