import type { ColumnChunk, SchemaTree } from 'hyparquet';
import type { parquetHeader } from 'hyparquet/src/column.js';
import { getMaxDefinitionLevel, getMaxRepetitionLevel } from 'hyparquet/src/schema.js';
import { codecs } from './codecs.ts';
import { readRuns, type SmallNumbers } from './run-lengths.ts';

export type PageHeader = ReturnType<typeof parquetHeader>;
type Codec = NonNullable<ColumnChunk['meta_data']>['codec'];

/** A page taken apart: its levels read, its values still encoded but not packed any more. */
export interface UnpackedPage {
  /** For each value whether it begins a row (0) or goes on with one; none where rows have one value. */
  readonly repetition: SmallNumbers | undefined;
  /** For each value how much of its path is there; none where nothing may be missing. */
  readonly definition: SmallNumbers | undefined;
  readonly bytes: Uint8Array;
}

/** Version 1: everything packed together, each kind of level behind its length. */
export function unpackPage(
  header: PageHeader,
  packed: Uint8Array,
  codec: Codec,
  path: SchemaTree[],
): UnpackedPage {
  if (header.data_page_header_v2) return unpackPageV2(header, packed, codec, path);
  const count = header.data_page_header?.num_values ?? 0;
  let bytes = unpack(packed, header.uncompressed_page_size, codec);
  const readLevels = (width: number): SmallNumbers | undefined => {
    if (width === 0 || count === 0) return undefined;
    const length = new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getUint32(0, true);
    const levels = readRuns(bytes.subarray(4, 4 + length), width, count);
    bytes = bytes.subarray(4 + length);
    return levels;
  };
  const repetition = readLevels(bitsFor(getMaxRepetitionLevel(path)));
  const definition = readLevels(bitsFor(getMaxDefinitionLevel(path)));
  return { repetition, definition, bytes };
}

/** Version 2: levels stand before the values, unpacked, their lengths in the header. */
function unpackPageV2(
  header: PageHeader,
  packed: Uint8Array,
  codec: Codec,
  path: SchemaTree[],
): UnpackedPage {
  const {
    num_values: count = 0,
    repetition_levels_byte_length: repetitionSize = 0,
    definition_levels_byte_length: definitionSize = 0,
    is_compressed: isPacked,
  } = header.data_page_header_v2 ?? {};
  const start = repetitionSize + definitionSize;
  const levels = (width: number, from: number, to: number): SmallNumbers | undefined =>
    width === 0 ? undefined : readRuns(packed.subarray(from, to), width, count);
  const values = packed.subarray(start);
  return {
    repetition: levels(bitsFor(getMaxRepetitionLevel(path)), 0, repetitionSize),
    definition: levels(bitsFor(getMaxDefinitionLevel(path)), repetitionSize, start),
    bytes: isPacked ? unpack(values, header.uncompressed_page_size - start, codec) : values,
  };
}

function unpack(packed: Uint8Array, size: number, codec: Codec): Uint8Array {
  if (codec === 'UNCOMPRESSED') return packed;
  const decompress = codecs[codec];
  if (!decompress) throw new Error(`the codec ${codec} is not read`);
  // Zero bytes are a page of nothing but nulls; not every codec knows how to pack those.
  const bytes = size === 0 ? new Uint8Array(0) : decompress(packed, size);
  if (bytes.length !== size) throw new Error(`a page has ${bytes.length} bytes instead of ${size}`);
  return bytes;
}

function bitsFor(level: number): number {
  return 32 - Math.clz32(level);
}
