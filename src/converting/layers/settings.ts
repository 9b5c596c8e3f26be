import { isRecord } from '../../json.ts';
import { shown, unreadable, unsupported } from '../refusals.ts';

/** What the configuration of a layer says; every value is of somebody else's making. */
export interface Settings {
  /** The value as it is there. */
  raw(name: string): unknown;
  /** Whether it is there, and not null. */
  isSet(name: string): boolean;
  number(name: string, otherwise?: number): number;
  /** A number, or undefined for one that is null or not there. */
  maybe(name: string): number | undefined;
  flag(name: string, otherwise: boolean): boolean;
  text(name: string, otherwise: string): string;
  /** Two numbers: along the height and the width. */
  pair(name: string, otherwise?: number): readonly [number, number];
  /** A list of numbers; one number is a list of one. */
  list(name: string): number[];
}

/** No side, window or stride of a net for images is larger. */
const largest = 1_000_000;

/** The settings of the layer of that name and class. */
export function settingsOf(config: Readonly<Record<string, unknown>>, layer: string): Settings {
  const wrong = (name: string): Error =>
    unreadable(`${layer} has ${shown(name)} of ${shown(config[name])}`);
  const value = (name: string, otherwise: number | undefined): number => {
    const found = config[name] ?? otherwise;
    if (typeof found !== 'number') throw wrong(name);
    return found;
  };
  const isSet = (name: string): boolean => config[name] !== null && config[name] !== undefined;
  const settings: Settings = {
    raw: (name) => config[name],
    isSet,
    number: value,
    maybe: (name) => (isSet(name) ? value(name, undefined) : undefined),
    flag(name, otherwise) {
      const found = config[name] ?? otherwise;
      if (typeof found !== 'boolean') throw wrong(name);
      return found;
    },
    text(name, otherwise) {
      const found = config[name] ?? otherwise;
      if (typeof found !== 'string') throw wrong(name);
      return found;
    },
    pair(name, otherwise) {
      const list = numbersIn(config[name] ?? otherwise);
      const [first, second = first, ...others] = list ?? [];
      if (first === undefined || second === undefined || others.length > 0) throw wrong(name);
      for (const one of [first, second]) {
        if (!Number.isInteger(one) || one < 1 || one > largest) throw wrong(name);
      }
      return [first, second];
    },
    list(name) {
      const list = numbersIn(config[name]);
      if (!list) throw wrong(name);
      return list;
    },
  };
  return settings;
}

/** A tensor of NumPy in a list of lists: nobody nests more. */
const deepest = 16;

/** Numbers, however Keras writes them: one, a list, an array of NumPy or a tensor. Undefined for anything else. */
export function numbersIn(value: unknown, depth = 0): number[] | undefined {
  if (typeof value === 'number') return [value];
  if (depth > deepest) return undefined;
  if (isRecord(value)) {
    const { config } = value;
    const holds = isRecord(config) && 'value' in config;
    return holds ? numbersIn(config['value'], depth + 1) : undefined;
  }
  if (!Array.isArray(value)) return undefined;
  const parts = value.map((part: unknown) => numbersIn(part, depth + 1));
  return parts.every((part) => part !== undefined) ? parts.flat() : undefined;
}

/** Refuses a layer whose setting is another than the one that is converted. */
export function requireSetting(
  settings: Settings,
  name: string,
  accepted: readonly unknown[],
  layer: string,
): void {
  const value = settings.raw(name);
  if (value === undefined || accepted.includes(value)) return;
  throw unsupported(`${layer} has ${name} of ${shown(value)}`);
}
