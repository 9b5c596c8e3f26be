import type { PredictForm } from './predict-body.ts';

/** The scores of one image, in the order of the classes. */
type Scores = ArrayLike<number>;

/** What `:predict` answers, in the form it was asked in. */
export function predictAnswer(form: PredictForm, rows: readonly Scores[]): string {
  const key = form === 'row' ? 'predictions' : 'outputs';
  return `{"${key}":[${rows.map((scores) => `[${decimals(scores).join(',')}]`).join(',')}]}`;
}

/** What `:classify` answers: for each image the name of every class with its score, in the order of the classes. */
export function classifyAnswer(classes: readonly string[], rows: readonly Scores[]): string {
  const names = classes.map((name) => JSON.stringify(name));
  const results = rows.map((scores) => {
    const pairs = decimals(scores).map((score, at) => `[${names[at]},${score}]`);
    return `[${pairs.join(',')}]`;
  });
  return `{"results":[${results.join(',')}]}`;
}

/** Whole numbers end with .0, as there: a list of some numbers with and some without a point has no type for many clients. */
function decimals(scores: Scores): string[] {
  return Array.from(scores, (score) => (Number.isInteger(score) ? `${score}.0` : String(score)));
}
