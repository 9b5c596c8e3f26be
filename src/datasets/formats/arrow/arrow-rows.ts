import type { Data } from 'apache-arrow/data';
import type { Schema } from 'apache-arrow/schema';
import type { Vector } from 'apache-arrow/vector';
import { errors, isGlimpseError, messageOf, withDetails } from '../../../errors.ts';
import type { ReadOptions } from '../../bytes/byte-source.ts';
import { printable } from '../../file-names.ts';
import type { ImageReference } from '../../images/image-reference.ts';
import type { OnLabel } from '../../label-column.ts';
import { imageInRow } from '../../images/image-in-row.ts';
import { shapeNested, unevenNesting, type ExpectedPixels } from '../../pixels/nested-pixels.ts';
import type { PixelScale } from '../../pixels/pixel-range.ts';
import type { Row } from '../../row.ts';
import type { ColumnChoice } from '../tables/table-layout.ts';
import { classNamesIn } from '../tables/class-names.ts';
import { createPixelBlock } from '../tables/pixel-block.ts';
import { readColumn, type BatchLocation } from './arrow-columns.ts';
import { bytesField, findArrowLayout, tensorShape, type ArrowLayout } from './arrow-layout.ts';
import { loadArrow, type ArrowLibrary } from './arrow-library.ts';
import { listAt, numbersIn } from './arrow-lists.ts';
import { readBatches } from './ipc-batches.ts';
import { readContent } from './ipc-messages.ts';
import { openPlacedBytes } from './placed-bytes.ts';

export interface ArrowOptions extends ReadOptions, ColumnChoice {
  readonly onLabel?: OnLabel | undefined;
  readonly scale: PixelScale;
  /** What the request says of its images. */
  readonly expected: ExpectedPixels;
  /** The pixels of encoded images, in their order. */
  decode(references: AsyncIterable<ImageReference>): AsyncIterable<Row>;
}

/** The examples of a file or stream of Arrow: pixel columns, lists of pixels, or encoded images. */
export async function* readArrowRows(file: string, options: ArrowOptions): AsyncGenerator<Row> {
  const arrow = await loadArrow();
  const bytes = await openPlacedBytes(file);
  try {
    let before = 0;
    for await (const location of readBatches(bytes, arrow)) {
      const layout = findArrowLayout(arrow, location.schema, options);
      if (before === 0) tellLabel(location.schema, layout, options);
      yield* rowsOf({ arrow, location, layout, before, options });
      before += location.batch.length;
    }
  } catch (error) {
    throw options.signal?.aborted ? error : unreadable(error);
  } finally {
    await bytes.close();
  }
}

function tellLabel(
  { fields }: Schema,
  { label }: ArrowLayout,
  { labelColumn, onLabel }: ArrowOptions,
): void {
  if (label === undefined) return;
  onLabel?.({ column: fields[label]!.name, by: labelColumn === undefined ? 'name' : 'request' });
}

/** Whether its columns can hold examples, as far as its schema shows; throws why not. */
export async function checkArrowColumns(
  file: string,
  { limits, ...choice }: ReadOptions & ColumnChoice,
): Promise<void> {
  const arrow = await loadArrow();
  const bytes = await openPlacedBytes(file);
  try {
    const { schema } = await readContent(bytes, arrow, limits.maxBytes);
    findArrowLayout(arrow, schema, choice);
  } catch (error) {
    throw unreadable(error);
  } finally {
    await bytes.close();
  }
}

/** What apache-arrow says becomes an error of the catalogue. */
function unreadable(error: unknown): unknown {
  if (isGlimpseError(error)) return error;
  const reason = `Arrow: ${printable(messageOf(error))}`;
  return withDetails(new errors.GLIMPSE_DATASET_INVALID(reason), {}, error);
}

/** What is known about some rows when they are read. */
interface Batch {
  readonly arrow: ArrowLibrary;
  readonly location: BatchLocation;
  readonly layout: ArrowLayout;
  /** How many rows of the file come before them. */
  readonly before: number;
  readonly options: ArrowOptions;
}

async function* rowsOf(batch: Batch): AsyncGenerator<Row> {
  const { arrow, location, layout, options } = batch;
  const { label } = layout;
  const labels =
    label === undefined
      ? () => undefined
      : labelsOf(batch, label, await readColumn(arrow, location, label));
  if (layout.kind === 'columns') yield* rowsOfColumns(batch, labels);
  else if (layout.kind === 'list') yield* rowsOfLists(batch, labels);
  else yield* options.decode(imagesOf(batch, labels));
}

/** The label of each row; names where numbers stand for them. */
function labelsOf({ arrow, location }: Batch, label: number, data: Data): (row: number) => unknown {
  const vector: Vector = new arrow.Vector([data]);
  const names = namesIn(location.schema, label);
  return (row) => {
    const value: unknown = vector.get(row);
    return names?.[Number(value)] ?? value;
  };
}

function namesIn({ metadata, fields }: Schema, label: number) {
  return classNamesIn(metadata.get('huggingface'), fields[label]!.name);
}

/** Memory for rows of pixel columns that are put together at once. */
const BLOCK_BYTES = 24 * 1024 * 1024;

async function* rowsOfColumns(
  { arrow, location, layout, before, options }: Batch,
  labelOf: (row: number) => unknown,
): AsyncGenerator<Row> {
  const rows = location.batch.length;
  const size = layout.pixels.length;
  const step = Math.max(1, Math.floor(BLOCK_BYTES / size));
  for (let start = 0; start < rows; start += step) {
    const end = Math.min(rows, start + step);
    const block = createPixelBlock(start, end, { size, scale: options.scale });
    for (const [pixel, column] of layout.pixels.entries()) {
      options.signal?.throwIfAborted();
      block.fill(pixel, 0, numbersIn(arrow, await readColumn(arrow, location, column)));
    }
    for (let row = start; row < end; row += 1) {
      yield block.row(row, before + row + 1, labelOf(row));
    }
  }
}

async function* rowsOfLists(
  { arrow, location, layout, before, options }: Batch,
  labelOf: (row: number) => unknown,
): AsyncGenerator<Row> {
  const column = layout.pixels[0]!;
  const shape = tensorShape(location.schema.fields[column]!);
  const data = await readColumn(arrow, location, column);
  for (let row = 0; row < location.batch.length; row += 1) {
    options.signal?.throwIfAborted();
    const line = before + row + 1;
    const list = listAt(arrow, data, row);
    const flat = list
      ? shapeNested(list.values, shape ?? list.sizes, options.expected)
      : unevenNesting;
    yield 'problem' in flat ? { line, ...flat } : { line, label: labelOf(row), ...flat };
  }
}

async function* imagesOf(
  { arrow, location, layout, before }: Batch,
  labelOf: (row: number) => unknown,
): AsyncGenerator<ImageReference> {
  const column = await readColumn(arrow, location, layout.pixels[0]!);
  const inner = bytesField(arrow, column.type);
  const vector: Vector = new arrow.Vector([inner === undefined ? column : column.children[inner]!]);
  for (let row = 0; row < location.batch.length; row += 1) {
    const bytes: unknown = column.getValid(row) ? vector.get(row) : null;
    yield imageInRow(before + row + 1, labelOf(row), bytes);
  }
}
