import { messageOf } from '../../../errors.ts';
import { recognise } from '../../../image/sniff-format.ts';
import type { FileOnDisk, ReadOptions } from '../../bytes/byte-source.ts';
import { findImageColumn } from '../../image-column.ts';
import { imageInRow } from '../../images/image-in-row.ts';
import type { ImageReference } from '../../images/image-reference.ts';
import { findLabelColumn, type OnLabel } from '../../label-column.ts';
import { shapeNested, type ExpectedPixels } from '../../pixels/nested-pixels.ts';
import type { Row } from '../../row.ts';
import type { ColumnChoice } from '../tables/table-layout.ts';
import { readRecords } from './record-frames.ts';
import { parseExample, type Feature } from './tf-example.ts';

export interface TfRecordOptions extends ColumnChoice {
  readonly expected: ExpectedPixels;
  readonly onLabel?: OnLabel | undefined;
  readonly decode: (references: AsyncIterable<ImageReference>) => AsyncIterable<Row>;
}

type Features = Map<string, Feature>;

/** Which features of the examples are the image and the label; the first of them decides. */
interface TfLayout {
  readonly image: string;
  readonly label: string | undefined;
  /** Whether the image is a file (PNG, JPEG, ...), and not its pixels. */
  readonly isEncoded: boolean;
}

/** The examples (`tf.train.Example`) of a file of records. */
export async function* readTfRecordRows(
  file: FileOnDisk,
  { decode, expected, onLabel, ...choice }: TfRecordOptions,
  options: ReadOptions,
): AsyncGenerator<Row> {
  const records = readRecords(file, options);
  try {
    const first = await records.next();
    if (first.done === true) return;
    const layout = layoutOf(parseExample(first.value.bytes), choice);
    const by = choice.labelColumn === undefined ? 'name' : 'request';
    if (layout.label !== undefined) onLabel?.({ column: layout.label, by });
    const all = startingWith(first.value, records);
    if (layout.isEncoded) yield* decode(imagesOf(all, layout));
    else for await (const record of all) yield toRow(record, layout, expected);
  } finally {
    await records.return(undefined);
  }
}

interface Located {
  readonly line: number;
  readonly bytes: Buffer;
}

async function* startingWith(first: Located, rest: AsyncGenerator<Located>) {
  yield first;
  yield* rest;
}

/** The last part of a name, unless the request calls the feature by all of it. */
const called = (name: string, wanted: unknown): string =>
  name === wanted ? name : name.split('/').at(-1)!;

/** TensorFlow's names are paths ("image/class/label"): the last part says what a feature is. */
function layoutOf(features: Features, { labelColumn, imageColumn }: ColumnChoice): TfLayout {
  const names = [...features.keys()];
  const holds = (at: number): Feature => features.get(names[at]!)!;
  const mayHoldImage = (at: number): boolean =>
    holds(at).kind === 'bytes' || holds(at).values.length > 1;
  const labels = names.map((name) => called(name, labelColumn));
  const label = findLabelColumn(
    labels,
    labelColumn,
    (at) => holds(at).kind === 'numbers' && holds(at).values.length > 1,
  );
  const images = names.map((name) => {
    const own = called(name, imageColumn);
    return name !== imageColumn && /^(encoded|(image_)?raw|raw_image)$/i.test(own) ? 'image' : own;
  });
  const image = findImageColumn(images, imageColumn, (at) => at !== label && mayHoldImage(at));
  if (image === undefined) throw new Error('its examples have no feature that holds an image');
  const [bytes] = holds(image).values;
  const found = Buffer.isBuffer(bytes) ? recognise(bytes) : undefined;
  return {
    image: names[image]!,
    label: names[label],
    isEncoded: found !== undefined && 'format' in found,
  };
}

function labelOf(features: Features, { label }: TfLayout): unknown {
  const value = label === undefined ? undefined : features.get(label)?.values[0];
  return Buffer.isBuffer(value) ? value.toString('utf8') : value;
}

function parsed(bytes: Buffer): Features | string {
  try {
    return parseExample(bytes);
  } catch (error) {
    return messageOf(error);
  }
}

async function* imagesOf(
  records: AsyncIterable<Located>,
  layout: TfLayout,
): AsyncGenerator<ImageReference> {
  for await (const { line, bytes } of records) {
    const features = parsed(bytes);
    const name = `record ${line}`;
    if (typeof features === 'string') yield { line, name, problem: features };
    else
      yield imageInRow(
        line,
        labelOf(features, layout),
        features.get(layout.image)?.values[0],
        name,
      );
  }
}

function toRow({ line, bytes }: Located, layout: TfLayout, expected: ExpectedPixels): Row {
  const features = parsed(bytes);
  if (typeof features === 'string') return { line, problem: features };
  const feature = features.get(layout.image);
  const raw = feature?.values[0];
  const values = Buffer.isBuffer(raw)
    ? raw
    : feature?.kind === 'numbers'
      ? feature.values
      : undefined;
  if (!values) return { line, problem: `it has no feature "${layout.image.slice(0, 50)}"` };
  const label = labelOf(features, layout);
  const sizes = [['height'], ['width'], ['depth', 'channels']].map((words) =>
    sizeIn(features, words),
  );
  const [height, width, depth = 1] = sizes;
  if (height === undefined || width === undefined) return { line, label, values };
  if (values.length !== height * width * depth) {
    return {
      line,
      problem: `it has ${values.length} values instead of ${width}x${height}x${depth}`,
    };
  }
  const flat = shapeNested(values, [height, width, depth], {
    ...expected,
    layout: expected.layout ?? 'hwc',
  });
  return 'problem' in flat ? { line, ...flat } : { line, label, ...flat };
}

/** A number that stands beside the pixels: "height", "image/height". */
function sizeIn(features: Features, words: readonly string[]): number | undefined {
  for (const [name, { kind, values }] of features) {
    const word = name.split('/').at(-1)!.toLowerCase();
    if (kind === 'numbers' && words.includes(word)) return Number(values[0]);
  }
  return undefined;
}
