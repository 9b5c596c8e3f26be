import { open, type FileHandle } from 'node:fs/promises';
import {
  parquetMetadata,
  parquetSchema,
  type FileMetaData,
  type RowGroup,
  type SchemaTree,
} from 'hyparquet';
import { errors } from '../../../errors.ts';
import { readColumnRuns, readListRuns, type ListRow, type RowRun } from './column-runs.ts';

/** A Parquet file that is read column by column and page by page. */
export interface ParquetFile {
  readonly metadata: FileMetaData;
  readonly root: SchemaTree;
  /** The rows of one column in a row group; `path` leads from the root to the column. */
  runs(group: RowGroup, path: SchemaTree[], from?: number): AsyncGenerator<RowRun>;
  /** The same for a column of lists. */
  lists(group: RowGroup, path: SchemaTree[]): AsyncGenerator<RowRun<ListRow>>;
  close(): Promise<void>;
}

/** Largest footer; it names every column of every row group. */
const MAX_FOOTER_BYTES = 64 * 1024 * 1024;

/** Opens a file by its footer, which may have so many bytes. */
export async function openParquet(
  file: string,
  maxFooterBytes = MAX_FOOTER_BYTES,
): Promise<ParquetFile> {
  const handle = await open(file);
  try {
    const { size } = await handle.stat();
    const metadata = parquetMetadata(await readFooter(handle, size, maxFooterBytes));
    const root = parquetSchema(metadata);
    const locationOf = (group: RowGroup, path: SchemaTree[]) => ({
      handle,
      size,
      chunk: chunkOf(group, path),
      path,
    });
    return {
      metadata,
      root,
      runs: (group, path, from) => readColumnRuns(locationOf(group, path), from),
      lists: (group, path) => readListRuns(locationOf(group, path)),
      close: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** The footer, and behind it the last eight bytes, which say what it is and how long. */
async function readFooter(handle: FileHandle, size: number, maxBytes: number): Promise<Buffer> {
  const { buffer } = await handle.read(Buffer.alloc(8), 0, 8, Math.max(0, size - 8));
  const mark = buffer.toString('latin1', 4);
  if (mark === 'PARE') throw invalid('its footer is encrypted');
  if (size < 12 || mark !== 'PAR1')
    throw invalid('it does not end as Parquet does; is it cut off?');
  const length = buffer.readUInt32LE(0);
  if (length > Math.min(size - 12, maxBytes)) {
    throw invalid('its footer has a length that cannot be');
  }
  const end = Buffer.alloc(length + 8);
  await handle.read(end, 0, end.length, size - end.length);
  return end;
}

function chunkOf(group: RowGroup, path: SchemaTree[]) {
  const wanted = path.slice(1).map(({ element }) => element.name);
  const chunk = group.columns.find(
    ({ meta_data: meta }) => meta?.path_in_schema.join('\0') === wanted.join('\0'),
  );
  if (chunk) return chunk;
  throw invalid(`a row group lacks the column "${wanted.join('.')}"`);
}

function invalid(reason: string): Error {
  return new errors.GLIMPSE_DATASET_INVALID(`Parquet: ${reason}`);
}
