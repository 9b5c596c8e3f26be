import type { GlimpseError } from '../../errors.ts';
import { isRecord } from '../../json.ts';
import type { DecidingOption } from '../refusal.ts';
import type { DatasetSpec } from '../spec.ts';
import { optionOf } from './findings.ts';
import type { Setting } from './look-report.ts';

const LIMIT = 'maxBadRows';

/** What stands for a value that the dataset gives no hint at. */
const placeholders: Record<DecidingOption, { readonly json: string; readonly cli: string }> = {
  uri: { json: '"..."', cli: '...' },
  path: { json: '"..."', cli: '...' },
  labelsUri: { json: '"..."', cli: '...' },
  labelColumn: { json: '"NAME"', cli: 'NAME' },
  range: { json: '255', cli: '255' },
  layout: { json: '"hwc"', cli: 'hwc' },
  shape: { json: '{"width": W, "height": H, "channels": 1}', cli: 'WxHx1' },
  classes: { json: '["A", "B"]', cli: 'A,B' },
};

/** The setting that decides what a dataset was refused for, with the likeliest value; undefined when none does. */
export function settingFor(error: GlimpseError, { uri }: DatasetSpec): Setting | undefined {
  const option = optionOf(error);
  if (option === undefined) return limitFor(error);
  const values = valuesIn(error, uri);
  // Uploads have no place that could be named.
  if (option === 'uri' && uri === undefined) return undefined;
  return settingOf(option, values);
}

/** So many bad rows may be passed over, if they are to be: that is decided, and not asked. */
function limitFor({ code, details }: GlimpseError): Setting | undefined {
  const bad = details?.['badRows'];
  if (code !== 'GLIMPSE_TOO_MANY_BAD_ROWS' || !isRecord(bad)) return undefined;
  const count = Number(bad['count']);
  return { option: LIMIT, json: `"${LIMIT}": ${count}`, cli: `${flagOf(LIMIT)} ${count}` };
}

/** One option of `dataset` as it stands in a request and behind a command. */
export function settingOf(option: DecidingOption, values: readonly unknown[]): Setting {
  const [value] = values;
  const { json, cli } =
    value === undefined ? placeholders[option] : { json: jsonOf(value), cli: textOf(value) };
  return {
    option,
    json: `"dataset": {"${option}": ${json}}`,
    cli: option === 'uri' ? cli : `${flagOf(option)}${cli.startsWith('-') ? '=' : ' '}${cli}`,
    ...(values.length > 0 && { values: [...values] }),
  };
}

/** What an option could be: what the refusal says, or the files it names, by their place. */
function valuesIn({ details = {} }: GlimpseError, uri: string | undefined): readonly unknown[] {
  const { values, names } = details;
  if (Array.isArray(values)) return values;
  if (!Array.isArray(names) || uri === undefined) return [];
  return names.map((name) => `${uri.replace(/\/$/, '')}/${name}`);
}

/** As people write it: {"width": 32, "height": 32}. */
function jsonOf(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  return JSON.stringify(value).replaceAll(/[,:]/g, '$& ');
}

const flagOf = (option: string): string =>
  `--${option.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** A value as the command line takes it. */
function textOf(value: unknown): string {
  if (isRecord(value) && 'width' in value) {
    return [value['width'], value['height'], value['channels']].join('x');
  }
  const text = Array.isArray(value) ? value.join(',') : String(value);
  return /^[\w./:,@+-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
