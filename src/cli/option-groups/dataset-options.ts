import { UsageError, type Option, type ValuesOf } from '../command.ts';
import { defined, number, text } from '../options.ts';

/** How the data of a command is to be read; every command that reads some takes all of these. */
export const readingOptions = {
  path: text('P', 'the file or folder inside of the archive or folder, e.g. mnist/train.csv'),
  limit: number('N', 'how many examples of the dataset'),
  offset: number('N', 'how many examples are left out before them'),
  format: text(
    'F',
    'csv, json, ndjson, idx, parquet, arrow, numpy, tfrecord, cifar, images, when the bytes do not tell',
  ),
  classes: listOf('A,B,C', 'class names in answer order'),
  labelColumn: column('C', 'name or position of the label column; -1 is the last'),
  group: group(
    'SEPARATOR',
    'image files whose names are the same up to the last "_" (or what is said) stay together when some are set aside; none: not even images that show the same',
  ),
  imageColumn: text('C', 'name of the column or array of images, where it is one'),
  split: text('S', 'train, validation or test, of a dataset that holds several'),
  labelsUri: text('file', 'the labels of an IDX file, or a list of images, that lies elsewhere'),
  range: range(
    'MAX|MIN,MAX',
    'what white is, or black and white, where it is not 255, or 0 and 255',
  ),
  layout: text('L', 'hwc, or chw where one plane of colour comes after the other'),
  shape: size('WxHxC', 'size of one example, e.g. 32x32x3; images are brought to it'),
};

/** How many unusable rows are passed over, in every command that reads a dataset. */
export const maxBadRows = number(
  'X',
  'unusable rows passed over: a share below 1, else a number (0.01)',
);

/** What the options say of a dataset, as a request does. */
export function readingOf(
  given: ValuesOf<typeof readingOptions>,
  uri: string | undefined,
): Record<string, unknown> {
  const said = Object.entries(given).filter(([name]) => Object.hasOwn(readingOptions, name));
  return defined({ uri, ...Object.fromEntries(said) });
}

function listOf(value: string, description: string): Option<string[] | undefined> {
  return { value, description, read: (given) => given.split(',') };
}

function group(value: string, description: string): Option<unknown> {
  return {
    value,
    description,
    read: (given) => (given === 'none' ? given : { prefix: given }),
  };
}

function column(value: string, description: string): Option<string | number | undefined> {
  return {
    value,
    description,
    read: (given) => (/^-?\d+$/.test(given) ? Number(given) : given),
  };
}

/** An option for "16" or "-1,1" as its numbers; the schema decides what is allowed. */
export function range(value: string, description: string): Option<number | number[] | undefined> {
  return {
    value,
    description,
    read(given) {
      const numbers = given.split(',').map(Number);
      if (numbers.some(Number.isNaN)) throw new UsageError(`takes 16 or -1,1, not "${given}".`);
      return numbers.length === 1 ? numbers[0] : numbers;
    },
  };
}

/** "32x32x3" as its parts; the schema decides what is allowed. */
function size(value: string, description: string): Option<Record<string, number> | undefined> {
  return {
    value,
    description,
    read(given) {
      const [, width, height, channels = '1'] = /^(\d+)x(\d+)(?:x(\d+))?$/.exec(given) ?? [];
      if (width === undefined) {
        throw new UsageError(`takes 28x28 or 32x32x3, not "${given}".`);
      }
      return { width: Number(width), height: Number(height), channels: Number(channels) };
    },
  };
}
