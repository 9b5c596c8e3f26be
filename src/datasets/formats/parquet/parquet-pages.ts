import type { FileHandle } from 'node:fs/promises';
import type { ColumnChunk, SchemaTree } from 'hyparquet';
import { parquetHeader } from 'hyparquet/src/column.js';
import { DEFAULT_PARSERS } from 'hyparquet/src/convert.js';
import { errors } from '../../../errors.ts';
import { createByteWindow, type ByteWindow } from './byte-window.ts';
import { unpackPage, type PageHeader, type UnpackedPage } from './unpack-page.ts';

/** Largest page after decompression; writers make pages of about 1 MiB. */
const MAX_PAGE_BYTES = 256 * 1024 * 1024;
/** Most values in a page; a run-length encoding makes many of few bytes. */
const MAX_PAGE_VALUES = 32 * 1024 * 1024;
const HEADER_BYTES = 64 * 1024;
/** Longest header; statistics in it hold whole values, of which some are long. */
const MAX_HEADER_BYTES = 16 * 1024 * 1024;

export interface ColumnLocation {
  readonly handle: FileHandle;
  /** Of the file. */
  readonly size: number;
  readonly chunk: ColumnChunk;
  /** From the root of the schema down to the column. */
  readonly path: SchemaTree[];
}

export type Column = ReturnType<typeof openColumn>;
export type Page = ReturnType<typeof describePage>;

/** The pages of one column in one row group, one after the other. */
export function openColumn({ handle, size, chunk, path }: ColumnLocation) {
  const { meta_data: meta, file_path: elsewhere } = chunk;
  if (!meta || elsewhere) throw invalid('a column lies in another file, or nowhere');
  const start = Number(meta.dictionary_page_offset || meta.data_page_offset);
  const end = start + Number(meta.total_compressed_size);
  if (!(start >= 0 && end >= start && end <= size)) throw invalid('a column lies outside of it');
  const decoder = {
    pathInSchema: meta.path_in_schema,
    type: meta.type,
    element: path.at(-1)!.element,
    schemaPath: path,
    // Pages are unpacked before they are read.
    codec: 'UNCOMPRESSED' as const,
    parsers: DEFAULT_PARSERS,
    // Bytes that are not marked as text may be images.
    utf8: false,
  };
  const bytes = createByteWindow(handle, end);
  let at = start;
  return {
    decoder,
    path,
    ended: () => at >= end,
    async nextPage() {
      const page = await readHeader(bytes, at, end);
      checkPage(page.header);
      const size = page.header.compressed_page_size;
      const body = at + page.length;
      const view = await bytes.at(body, size);
      if (view.byteLength < size) throw invalid('it ends in the middle of a page');
      at = body + size;
      const packed = new Uint8Array(view.buffer, view.byteOffset, size);
      return describePage(page.header, () => unpackPage(page.header, packed, meta.codec, path));
    },
  };
}

function describePage(header: PageHeader, unpack: () => UnpackedPage) {
  const {
    data_page_header: v1,
    data_page_header_v2: v2,
    dictionary_page_header: dictionary,
  } = header;
  return {
    isDictionary: header.type === 'DICTIONARY_PAGE',
    dictionarySize: dictionary?.num_values ?? 0,
    /** How many values it has; none of its own when it is a dictionary. */
    count: v1?.num_values ?? v2?.num_values ?? 0,
    encoding: v1?.encoding ?? v2?.encoding,
    unpack,
  };
}

/** Headers have no length of their own; one that is cut by the window is read again, with more of it. */
async function readHeader(
  bytes: ByteWindow,
  at: number,
  end: number,
): Promise<{ header: PageHeader; length: number }> {
  for (let length = HEADER_BYTES; ; length *= 16) {
    const reader = { view: await bytes.at(at, length), offset: 0 };
    try {
      const header = parquetHeader(reader);
      return { header, length: reader.offset };
    } catch (error) {
      if (length >= MAX_HEADER_BYTES || at + length >= end) throw error;
    }
  }
}

function checkPage(header: PageHeader): void {
  const { compressed_page_size: packed, uncompressed_page_size: size } = header;
  const counts = [
    header.data_page_header?.num_values ?? 0,
    header.data_page_header_v2?.num_values ?? 0,
    header.dictionary_page_header?.num_values ?? 0,
  ];
  const values = Math.max(...counts);
  if (![packed, size, ...counts].every((one) => one >= 0)) throw invalid('a page has no size');
  if (Math.max(packed, size) > MAX_PAGE_BYTES) {
    throw invalid(`a page has ${size} bytes; at most ${MAX_PAGE_BYTES} are read`);
  }
  if (values > MAX_PAGE_VALUES) {
    throw invalid(`a page has ${values} values; at most ${MAX_PAGE_VALUES} are read`);
  }
}

function invalid(reason: string): Error {
  return new errors.GLIMPSE_DATASET_INVALID(`Parquet: ${reason}`);
}
