import { table } from '../table.ts';
import type { ClassifierResult, Prediction } from './classifier.ts';

/** The prediction of one file. */
export type NamedPrediction = { readonly image: string } & Prediction;

export interface Outcome extends Omit<ClassifierResult, 'predictions'> {
  readonly predictions: readonly NamedPrediction[];
}

/** What was predicted, for a terminal: a row for each image. */
export function inWords({ model, version, predictions }: Outcome): string {
  const rows = predictions.flatMap(rowsOf);
  const isWarned = rows.some((row) => Boolean(row[4]));
  const isRead = predictions.some((one) => 'lines' in one);
  const names = isRead
    ? ['image', 'digits', 'lowest score', '']
    : ['image', 'class', 'score', 'then'];
  const head = [...names, ...(isWarned ? ['warnings'] : [])];
  const who = model === undefined ? '' : `\n\n${model} version ${version}`;
  return `${table(head, rows)}${who}`;
}

function rowsOf(one: NamedPrediction): string[][] {
  if ('error' in one) return [[one.image, '-', '', `${one.error.message} (${one.error.code})`]];
  if ('lines' in one)
    return one.lines.length > 0 ? linesOf(one) : [[one.image, '', '', 'no digit']];
  const [best, ...others] = one.top;
  const then = others.map(({ label, score }) => `${label} ${score.toFixed(4)}`).join(', ');
  const warnings = one.warnings?.join(', ') ?? '';
  return [[one.image, best?.label ?? '', best?.score.toFixed(4) ?? '', then, warnings]];
}

/** A row for each line of a picture. */
function linesOf({ image, lines }: Extract<NamedPrediction, { lines: unknown }>): string[][] {
  return lines.map(({ written, digits }) => {
    const lowest = Math.min(...digits.map(({ score }) => score));
    const warnings = new Set(digits.flatMap((digit) => digit.warnings ?? []));
    return [image, written, lowest.toFixed(4), '', [...warnings].join(', ')];
  });
}
