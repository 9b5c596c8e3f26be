import type { Data } from 'apache-arrow/data';
import type { RecordBatch } from 'apache-arrow/ipc/metadata/message';
import type { Field, Schema } from 'apache-arrow/schema';
import type { DataType } from 'apache-arrow/type';
import type { Vector } from 'apache-arrow/vector';
import { unpackLz4Frame } from '../../bytes/lz4-frame.ts';
import { unpackZstd } from '../../bytes/unpack-zstd.ts';
import type { ArrowLibrary } from './arrow-library.ts';
import { checkData } from './check-data.ts';
import type { PlacedBytes } from './placed-bytes.ts';

/** Most bytes of a column after decompression: of the rows of one message. */
const MAX_BUFFER_BYTES = 512 * 1024 * 1024;
const LZ4_FRAME = 0;

/** Some rows of a file, whose columns are read one by one. */
export interface BatchLocation {
  readonly file: PlacedBytes;
  readonly schema: Schema;
  readonly batch: RecordBatch;
  /** Where the buffers begin. */
  readonly body: number;
  readonly dictionaries: ReadonlyMap<number, Vector>;
  readonly positions: (column: number) => Position;
}

/** One column of some rows; the buffers of the others are not read. */
export async function readColumn(
  arrow: ArrowLibrary,
  location: BatchLocation,
  column: number,
  maxBytes = MAX_BUFFER_BYTES,
): Promise<Data> {
  const { schema, batch, positions } = location;
  const field = schema.fields[column]!;
  const data = await readField(arrow, location, field, positions(column), maxBytes);
  if (data.length !== batch.length)
    throw new Error('its columns do not have as many rows as it says');
  return data;
}

/** Where the nodes and buffers of each column begin; counted when the first is asked for. */
export function columnPositions(
  arrow: ArrowLibrary,
  schema: Schema,
  batch: RecordBatch,
): (column: number) => Position {
  let counted: Position[] | undefined;
  return (column) => {
    counted ??= countColumns(arrow, schema, batch);
    return counted[column]!;
  };
}

function countColumns(arrow: ArrowLibrary, schema: Schema, batch: RecordBatch): Position[] {
  const counter = createCounter(arrow, batch);
  return schema.fields.map(({ type }) => {
    const at = counter.at();
    counter.pass(type);
    return at;
  });
}

/** The values of a dictionary, which its message describes as rows of one column. */
export async function readDictionaryValues(
  arrow: ArrowLibrary,
  location: Omit<BatchLocation, 'schema' | 'positions'>,
  type: DataType,
): Promise<Vector> {
  const data = await readField(arrow, location, type, start, MAX_BUFFER_BYTES);
  return new arrow.Vector([data]);
}

/** A dictionary's message has no columns before it. */
const start: Position = { node: 0, buffer: 0, variadic: 0 };

/** The first node and buffer of a column. */
export interface Position {
  readonly node: number;
  readonly buffer: number;
  readonly variadic: number;
}

async function readField(
  arrow: ArrowLibrary,
  { file, batch, body, dictionaries }: Omit<BatchLocation, 'schema' | 'positions'>,
  field: Field | DataType,
  from: Position,
  maxBytes: number,
): Promise<Data> {
  const counter = createCounter(arrow, batch, from);
  counter.pass('type' in field ? field.type : field);
  const end = counter.at();
  const found: FoundBuffer[] = [];
  const regions: { offset: number; length: number }[] = [];
  let offset = 0;
  if (end.node > batch.nodes.length || end.buffer > batch.buffers.length) {
    throw new Error('it describes fewer columns than it has');
  }
  for (const region of batch.buffers.slice(from.buffer, end.buffer)) {
    const bytes = await file.read(body + region.offset, region.length);
    const one = batch.compression ? lengthOf(bytes, maxBytes) : { bytes, length: bytes.length };
    found.push(one);
    regions.push({ offset, length: one.length });
    // Views of numbers must begin at multiples of their size.
    offset += Math.ceil(one.length / 8) * 8;
  }
  if (offset > maxBytes) throw tooLarge(offset, maxBytes);
  const all = new Uint8Array(offset);
  for (const [index, region] of regions.entries()) {
    const out = all.subarray(region.offset, region.offset + region.length);
    unpackInto(out, found[index]!, batch.compression?.type);
  }
  const nodes = batch.nodes.slice(from.node, end.node);
  const variadic = batch.variadicBufferCounts.slice(from.variadic, end.variadic);
  const { VectorLoader } = arrow;
  const loader = new VectorLoader(all, nodes, regions, new Map(dictionaries), undefined, variadic);
  const data: Data = loader.visit(field);
  checkData(arrow, data);
  return data;
}

/** A buffer as it stands in the file, and how long it becomes. */
interface FoundBuffer {
  readonly bytes: Uint8Array;
  readonly length: number;
  readonly isPacked?: boolean;
}

/** A packed buffer stands behind its length; -1 says that it is not packed. */
function lengthOf(packed: Buffer, maxBytes: number): FoundBuffer {
  if (packed.length === 0) return { bytes: packed, length: 0 };
  if (packed.length < 8) throw new Error('a buffer is cut off');
  const length = Number(packed.readBigInt64LE(0));
  const bytes = packed.subarray(8);
  if (length === -1) return { bytes, length: bytes.length };
  if (length < 0 || length > maxBytes) throw tooLarge(length, maxBytes);
  return { bytes, length, isPacked: true };
}

function tooLarge(bytes: number, maxBytes: number): Error {
  return new Error(
    `a column has ${bytes} bytes in one batch of rows; at most ${maxBytes} are read: write smaller batches (chunksize, max_chunksize)`,
  );
}

function unpackInto(
  out: Uint8Array,
  { bytes, length, isPacked }: FoundBuffer,
  codec: number | undefined,
): void {
  if (length === 0) return;
  if (!isPacked) out.set(bytes);
  else if (codec === LZ4_FRAME) unpackLz4Frame(bytes, out);
  else out.set(unpackZstd(bytes, length));
}

/** Counts which nodes and buffers of a message belong to which column: they only stand in order. */
function createCounter({ DataType }: ArrowLibrary, batch: RecordBatch, from?: Position) {
  let { node, buffer, variadic } = from ?? { node: 0, buffer: 0, variadic: 0 };
  const pass = (type: DataType): void => {
    node += 1;
    if (DataType.isNull(type)) return;
    if (DataType.isUnion(type)) throw new Error('columns of unions are not read');
    const isView = DataType.isUtf8View(type) || DataType.isBinaryView(type);
    if (isView) {
      buffer += 2 + (batch.variadicBufferCounts[variadic] ?? 0);
      variadic += 1;
    } else if (DataType.isStruct(type) || DataType.isFixedSizeList(type)) buffer += 1;
    else if (DataType.isUtf8(type) || DataType.isBinary(type)) buffer += 3;
    else if (DataType.isLargeUtf8(type) || DataType.isLargeBinary(type)) buffer += 3;
    else buffer += 2;
    // The values of a dictionary are messages of their own.
    if (DataType.isDictionary(type)) return;
    for (const child of type.children ?? []) pass(child.type);
  };
  return { pass, at: (): Position => ({ node, buffer, variadic }) };
}
