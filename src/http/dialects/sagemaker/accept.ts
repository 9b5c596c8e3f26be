import { errors } from '../../../errors.ts';
import { answerTypes, type AnswerType } from '../hosting-options.ts';

/** Other names that clients know them by. */
const aliases: Readonly<Record<string, AnswerType>> = {
  'application/x-jsonlines': 'application/jsonlines',
  'application/x-ndjson': 'application/jsonlines',
  'application/csv': 'text/csv',
};

/**
 * The type that a header `accept` likes best: of several that it likes as much `otherwise`, else the first.
 * GLIMPSE_NOT_ACCEPTABLE when it takes none.
 */
export function chooseAnswerType(accept: string | undefined, otherwise: AnswerType): AnswerType {
  const ranges = rangesOf(accept ?? '*/*');
  // Each type once: a header has room for thousands of ranges.
  const [best] = [...new Set([otherwise, ...ranges.flatMap(({ types }) => types)])]
    .map((type) => ({ type, quality: qualityOf(type, ranges) }))
    .toSorted((one, other) => other.quality - one.quality);
  if (best && best.quality > 0) return best.type;
  throw new errors.GLIMPSE_NOT_ACCEPTABLE(answerTypes.join(', '));
}

interface MediaRange {
  /** Those of our types that it takes. */
  readonly types: readonly AnswerType[];
  readonly quality: number;
}

/** That of the narrowest range a type lies in. */
function qualityOf(type: AnswerType, ranges: readonly MediaRange[]): number {
  const within = ranges.filter(({ types }) => types.includes(type));
  return within.toSorted((one, other) => one.types.length - other.types.length)[0]?.quality ?? 0;
}

function rangesOf(accept: string): MediaRange[] {
  return accept.split(',').map((part) => {
    const [range = '', ...parameters] = part.split(';').map((one) => one.trim().toLowerCase());
    const given = parameters.find((one) => one.startsWith('q='))?.slice(2);
    // Weights are from 0 to 1; what is beyond is no weight of more.
    const quality = given === undefined ? 1 : Math.min(1, Math.max(0, Number(given) || 0));
    const named = aliases[range] ?? range;
    const types = answerTypes.filter(
      (type) => named === '*/*' || named === type || named === `${type.split('/', 1)[0]}/*`,
    );
    return { types, quality };
  });
}
