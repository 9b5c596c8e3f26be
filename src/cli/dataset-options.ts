import { UsageError } from './command.ts';
import { defined, numeric } from './option-values.ts';

const text = { type: 'string' } as const;

/** How the data of a command is to be read; every command that reads some takes all of these. */
export const readingOptions = {
  limit: text,
  offset: text,
  format: text,
  classes: text,
  'label-column': text,
  'labels-uri': text,
  shape: text,
  'max-bad-rows': text,
} as const;

export const readingHelp = `  --limit N --offset N  which examples of the dataset
  --format F            csv, json, ndjson, idx, images, when the name does not tell
  --classes A,B,C       class names in answer order
  --label-column C      name or position of the label column; --label-column=-1 is the last
  --labels-uri FILE     the labels of an IDX file, or a list of images, that lies elsewhere
  --shape WxHxC         size of one example, e.g. 32x32x3; images are brought to it`;

/** What the options say of a dataset, as a request does. */
export function readingOf(
  values: Partial<Record<keyof typeof readingOptions, string | undefined>>,
  uri: string | undefined,
): Record<string, unknown> {
  return defined({
    uri,
    limit: numeric(values, 'limit'),
    offset: numeric(values, 'offset'),
    format: values.format,
    classes: values.classes?.split(','),
    labelColumn: /^-?\d+$/.test(values['label-column'] ?? '')
      ? Number(values['label-column'])
      : values['label-column'],
    labelsUri: values['labels-uri'],
    shape: shapeOf(values.shape),
  });
}

/** "32x32x3" as its parts; the schema decides what is allowed. */
function shapeOf(value: string | undefined): unknown {
  if (value === undefined) return undefined;
  const [, width, height, channels = '1'] = /^(\d+)x(\d+)(?:x(\d+))?$/.exec(value) ?? [];
  if (width === undefined) throw new UsageError(`--shape takes 28x28 or 32x32x3, not "${value}".`);
  return { width: Number(width), height: Number(height), channels: Number(channels) };
}
