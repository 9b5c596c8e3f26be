import type { AnswerType } from '../hosting-options.ts';

/** The scores of each image in the order of the classes: one list, a line of JSON, or a row of CSV. */
export function scoringAnswer(type: AnswerType, rows: readonly ArrayLike<number>[]): string {
  const lists = rows.map((scores) => Array.from(scores));
  if (type === 'application/json') return JSON.stringify({ predictions: lists });
  const lines = lists.map((scores) => {
    return type === 'text/csv' ? scores.join(',') : JSON.stringify(scores);
  });
  return lines.map((line) => `${line}\n`).join('');
}
