import type { Search, SearchRange, SearchTrial } from '../api/job-shapes.ts';
import { percent } from '../parts/words.ts';
import { titleOf } from './search-request.ts';

/** One upright line of the plot: a setting, or what came of it. */
export interface Axis {
  readonly title: string;
  /** What is written beside it, each at its share of the height, from the bottom. */
  readonly marks: readonly { readonly at: number; readonly text: string }[];
  /** Where a trial crosses it; undefined where it has no such value. */
  readonly placeOf: (trial: SearchTrial) => number | undefined;
}

/** An axis for every setting, one for the epochs where trials differ in them, and the held-out accuracy as the last. */
export function axesOf({ ranges }: Search, trials: readonly SearchTrial[]): Axis[] {
  const settings = Object.entries(ranges).map(([name, range]) => axisOf(name, range));
  const epochs = [...new Set(trials.map((trial) => trial.epochs))];
  const last = accuracyAxis(trials);
  // A setting of its own has an axis already.
  if (epochs.length < 2 || Object.hasOwn(ranges, 'epochs')) return [...settings, last];
  const low = Math.min(...epochs);
  const place = placesBetween(low, Math.max(...epochs), 'log-uniform');
  const marks = epochs.map((each) => ({ at: place(each), text: String(each) }));
  return [...settings, { title: 'Epochs', marks, placeOf: (trial) => place(trial.epochs) }, last];
}

function axisOf(name: string, range: SearchRange): Axis {
  const title = titleOf(name);
  if (range.type === 'choice') {
    const texts = range.values.map(wordsOf);
    const placeOf = (value: string): number | undefined => {
      const at = texts.indexOf(value);
      if (at === -1) return undefined;
      return texts.length === 1 ? 0.5 : at / (texts.length - 1);
    };
    return {
      title,
      marks: texts.map((text) => ({ at: placeOf(text) ?? 0, text })),
      placeOf: ({ parameters }) => placeOf(wordsOf(parameters[name])),
    };
  }
  const { type, from, to } = range;
  const place = placesBetween(from, to, type);
  const middle = type === 'log-uniform' ? Math.sqrt(from * to) : (from + to) / 2;
  const marked = type === 'integer' && to - from < 2 ? [from, to] : [from, middle, to];
  return {
    title,
    marks: [...new Set(marked)].map((value) => ({ at: place(value), text: wordsOf(value) })),
    placeOf({ parameters }) {
      const value = parameters[name];
      return typeof value === 'number' ? place(value) : undefined;
    },
  };
}

function accuracyAxis(trials: readonly SearchTrial[]): Axis {
  const found = trials.flatMap(({ accuracy }) => (accuracy === undefined ? [] : [accuracy]));
  const [low, high] = found.length === 0 ? [0, 1] : [Math.min(...found), Math.max(...found)];
  const place = placesBetween(low, high, 'uniform');
  const marks = low === high ? [low] : [low, (low + high) / 2, high];
  return {
    title: 'Held-out accuracy',
    marks: marks.map((value) => ({ at: place(value), text: percent(value, 1) })),
    placeOf: ({ accuracy }) => (accuracy === undefined ? undefined : place(accuracy)),
  };
}

function placesBetween(
  low: number,
  high: number,
  type: Exclude<SearchRange['type'], 'choice'>,
): (value: number) => number {
  const scaled = (value: number): number => (type === 'log-uniform' ? Math.log(value) : value);
  const [from, to] = [scaled(low), scaled(high)];
  return (value) => (from === to ? 0.5 : (scaled(value) - from) / (to - from));
}

/** A value of a setting, with as many digits as tell it from others. */
export function wordsOf(value: unknown): string {
  if (typeof value === 'number') return String(Number(value.toPrecision(3)));
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** What was done longest of each trial: with successive halving it is trained anew for more epochs. */
export function furthestOf(trials: readonly SearchTrial[]): SearchTrial[] {
  const furthest = new Map<number, SearchTrial>();
  for (const trial of trials) {
    const known = furthest.get(trial.trial);
    if (trial.accuracy === undefined || (known && known.epochs > trial.epochs)) continue;
    furthest.set(trial.trial, trial);
  }
  return [...furthest.values()];
}
