import type { RowGroup, SchemaTree } from 'hyparquet';
import { errors, isGlimpseError, messageOf, withDetails } from '../../../errors.ts';
import type { ReadLimits, ReadOptions } from '../../bytes/byte-source.ts';
import { printable } from '../../file-names.ts';
import { imageInRow } from '../../images/image-in-row.ts';
import type { ImageReference } from '../../images/image-reference.ts';
import type { OnLabel } from '../../label-column.ts';
import { shapeNested, unevenNesting, type ExpectedPixels } from '../../pixels/nested-pixels.ts';
import type { PixelScale } from '../../pixels/pixel-range.ts';
import type { Row } from '../../row.ts';
import type { ColumnChoice } from '../tables/table-layout.ts';
import { classNamesOf } from '../tables/class-names.ts';
import type { RowRun } from './column-runs.ts';
import { openParquet, type ParquetFile } from './open-parquet.ts';
import { listSizes } from './list-sizes.ts';
import { findLayout, type ParquetLayout } from './parquet-layout.ts';
import { createPixelBlock } from '../tables/pixel-block.ts';
import { sparkImageInRow } from './spark-images.ts';
import { vectorValues } from './spark-vectors.ts';

export interface ParquetOptions extends ReadOptions, ColumnChoice {
  readonly onLabel?: OnLabel | undefined;
  readonly scale: PixelScale;
  /** What the request says of its images. */
  readonly expected: ExpectedPixels;
  /** The pixels of encoded images, in their order. */
  decode(references: AsyncIterable<ImageReference>): AsyncIterable<Row>;
}

/** Memory for rows of pixel columns that are put together at once. */
const BLOCK_BYTES = 24 * 1024 * 1024;

/** The examples of a Parquet file: pixel columns, a list of pixels, or encoded images. */
export async function* readParquetRows(
  file: string,
  options: ParquetOptions,
  blockBytes = BLOCK_BYTES,
): AsyncGenerator<Row> {
  try {
    const parquet = await openParquet(file);
    try {
      yield* rowsOf(parquet, options, blockBytes);
    } finally {
      await parquet.close();
    }
  } catch (error) {
    throw options.signal?.aborted ? error : unreadable(error);
  }
}

/** Whether its columns can hold examples, as far as its footer shows; throws why not. */
export async function checkParquetColumns(
  file: string,
  { limits, ...choice }: ReadOptions & ColumnChoice,
): Promise<void> {
  try {
    const parquet = await openParquet(file, limits.maxBytes);
    await parquet.close();
    findLayout(parquet.root, choice);
  } catch (error) {
    throw unreadable(error);
  }
}

/** What hyparquet says becomes an error of the catalogue. */
function unreadable(error: unknown): unknown {
  if (isGlimpseError(error)) return error;
  const reason = `Parquet: ${printable(messageOf(error))}`;
  return withDetails(new errors.GLIMPSE_DATASET_INVALID(reason), {}, error);
}

/** What is known about a row group when its rows are read. */
interface Group {
  readonly parquet: ParquetFile;
  readonly group: RowGroup;
  readonly layout: ParquetLayout;
  readonly rows: number;
  /** How many rows of the file come before it. */
  readonly before: number;
  readonly labels: readonly unknown[];
  readonly signal: AbortSignal | undefined;
  readonly scale: PixelScale;
  readonly expected: ExpectedPixels;
}

async function* rowsOf(
  parquet: ParquetFile,
  options: ParquetOptions,
  blockBytes: number,
): AsyncGenerator<Row> {
  const layout = findLayout(parquet.root, options);
  // From the root to the column.
  const column = layout.label?.[1]!.element.name;
  if (column !== undefined) {
    options.onLabel?.({ column, by: options.labelColumn === undefined ? 'name' : 'request' });
  }
  const names = column === undefined ? undefined : classNamesOf(parquet.metadata, column);
  let before = 0;
  for (const group of parquet.metadata.row_groups) {
    const rows = Number(group.num_rows);
    checkSize(group, options.limits);
    const own = layout.label ? await readWhole(parquet, group, layout.label, rows) : [];
    const labels = own.map((label) => names?.[Number(label)] ?? label);
    const { signal, scale, expected } = options;
    const known = { parquet, group, layout, rows, before, labels, signal, scale, expected };
    if (layout.kind === 'columns') yield* rowsOfColumns(known, blockBytes);
    else if (layout.kind === 'list') yield* rowsOfLists(known);
    else if (layout.kind === 'sparkVector') yield* rowsOfVectors(known);
    else if (layout.kind === 'sparkImage') yield* options.decode(sparkImagesOf(known));
    else yield* options.decode(imagesOf(known));
    before += rows;
  }
}

function checkSize(group: RowGroup, { maxBytes }: ReadLimits): void {
  if (Number(group.total_byte_size) <= maxBytes) return;
  throw invalid(`a row group has more than ${maxBytes} bytes (GLIMPSE_MAX_DATASET_BYTES)`);
}

/** A whole column of a row group, as plain values: for labels only. */
async function readWhole(
  parquet: ParquetFile,
  group: RowGroup,
  path: SchemaTree[],
  rows: number,
): Promise<unknown[]> {
  const values: unknown[] = [];
  for await (const run of parquet.runs(group, path)) {
    for (let at = 0; at < run.values.length; at += 1) values.push(textOf(run.values[at]));
  }
  if (values.length !== rows) throw unequalColumns();
  return values;
}

/** Text that its writer did not mark as such comes as bytes. */
function textOf(value: unknown): unknown {
  return value instanceof Uint8Array ? Buffer.from(value).toString() : value;
}

async function* rowsOfColumns(
  { parquet, group, ...known }: Group,
  blockBytes: number,
): AsyncGenerator<Row> {
  const { pixels } = known.layout;
  const step = Math.max(1, Math.floor(blockBytes / pixels.length));
  for (let start = 0; start < known.rows; start += step) {
    const end = Math.min(known.rows, start + step);
    const block = createPixelBlock(start, end, { size: pixels.length, scale: known.scale });
    for (const [pixel, path] of pixels.entries()) {
      known.signal?.throwIfAborted();
      let next = 0;
      for await (const { first, values } of parquet.runs(group, path, start)) {
        block.fill(pixel, first, values);
        next = first + values.length;
        if (next >= end) break;
      }
      if (next < end) throw unequalColumns();
    }
    for (let row = start; row < end; row += 1) {
      yield block.row(row, known.before + row + 1, known.labels[row]);
    }
  }
}

async function* rowsOfLists(known: Group): AsyncGenerator<Row> {
  const { parquet, group, layout, before, labels, expected } = known;
  const runs = parquet.lists(group, layout.pixels[0]!);
  const depth = layout.pixels[0]!.filter(isRepeated).length;
  for await (const { value, row } of eachRow(known, runs)) {
    const line = before + row + 1;
    const sizes = listSizes(value.repetition, depth);
    const flat = sizes ? shapeNested(value.values, sizes, expected) : unevenNesting;
    yield 'problem' in flat ? { line, ...flat } : { line, label: labels[row], ...flat };
  }
}

const isRepeated = ({ element }: SchemaTree): boolean => element.repetition_type === 'REPEATED';

async function* imagesOf(known: Group): AsyncGenerator<ImageReference> {
  const { parquet, group, layout, before, labels } = known;
  const runs = parquet.runs(group, layout.pixels[0]!);
  for await (const { value: bytes, row } of eachRow(known, runs)) {
    yield imageInRow(before + row + 1, labels[row], bytes);
  }
}

async function* sparkImagesOf(known: Group): AsyncGenerator<ImageReference> {
  const { parquet, group, layout, before, labels, rows } = known;
  const [data, ...small] = layout.pixels;
  const columns: unknown[][] = [];
  for (const path of small) columns.push(await readWhole(parquet, group, path, rows));
  for await (const { value, row } of eachRow(known, parquet.runs(group, data!))) {
    const [height, width, nChannels, mode] = columns.map((column) => column[row]);
    const image = { data: value, height, width, nChannels, mode };
    yield sparkImageInRow(before + row + 1, labels[row], image);
  }
}

async function* rowsOfVectors(known: Group): AsyncGenerator<Row> {
  const { parquet, group, layout, before, labels, rows } = known;
  const [values, indices, type, size] = layout.pixels;
  const types = await readWhole(parquet, group, type!, rows);
  const sizes = await readWhole(parquet, group, size!, rows);
  const places = eachRow(known, parquet.lists(group, indices!));
  for await (const { value, row } of eachRow(known, parquet.lists(group, values!))) {
    const place = await places.next();
    if (place.done === true) throw unequalColumns();
    const vector = { type: types[row], size: sizes[row], values: value.values };
    const all = vectorValues({ ...vector, indices: place.value.value.values });
    const line = before + row + 1;
    yield typeof all === 'string'
      ? { line, problem: all }
      : { line, label: labels[row], values: all };
  }
}

/** Values one by one; there must be as many as the row group has rows. */
async function* eachRow<Value>({ rows, signal }: Group, runs: AsyncIterable<RowRun<Value>>) {
  let row = 0;
  for await (const { values } of runs) {
    signal?.throwIfAborted();
    for (let at = 0; at < values.length; at += 1, row += 1) yield { value: values[at]!, row };
  }
  if (row !== rows) throw unequalColumns();
}

function unequalColumns(): Error {
  return invalid('its columns do not have as many rows as it says');
}

function invalid(reason: string): Error {
  return new errors.GLIMPSE_DATASET_INVALID(`Parquet: ${reason}`);
}
