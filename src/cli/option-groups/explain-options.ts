import { explanations, type Explanation } from '../../serving/explain.ts';
import { UsageError, type ValuesOf } from '../command.ts';
import { text } from '../options.ts';

export const explainOptions = {
  explain: text(
    'ways',
    'what each prediction hangs on: input, occlusion, gradient, nearest (some of them with commas between), or true for all; with --json in the answer, with --pictures as files',
  ),
  pictures: text('folder', 'with --explain: write its pictures there'),
};

/** What is to be told of each prediction; a usage error where nobody would see it. */
export function explainAsked({
  explain,
  pictures,
  json,
  out,
}: ValuesOf<typeof explainOptions> & {
  readonly json: boolean;
  readonly out: string | undefined;
}): Explanation | undefined {
  if (explain === undefined && pictures === undefined) return undefined;
  if (explain === undefined) throw new UsageError('--pictures goes with --explain only.');
  if (out !== undefined) throw new UsageError('--explain and --out exclude each other.');
  if (pictures === undefined && !json) {
    throw new UsageError('--explain tells in pictures: name a folder with --pictures, or --json.');
  }
  return explanationOf(explain);
}

/** Whatever is asked for, in whatever order its words stand. */
function explanationOf(given: string): Explanation {
  const asked = new Set(given.split(','));
  const found = explanations.find((each) => {
    const words = each.split(',');
    return words.length === asked.size && words.every((word) => asked.has(word));
  });
  if (found) return found;
  throw new UsageError(
    `--explain takes input, occlusion, gradient, nearest, some of them with commas between, or true, not "${given}".`,
  );
}
