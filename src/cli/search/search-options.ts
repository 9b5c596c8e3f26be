import { UsageError, type Option, type ValuesOf } from '../command.ts';
import { choice, defined, flag, number } from '../options.ts';
import { trainOptions, trainRequestOf } from '../train/train-options.ts';

const { publish: _, golden: __, json: ___, request, ...training } = trainOptions;

export const searchOptions = {
  vary: ranges(
    'NAME=RANGE',
    'a hyperparameter and where its values lie: optimizer.learningRate=log:0.0001..0.01, labelSmoothing=0..0.2, batchSize=int:16..64, augmentation=none,shift',
  ),
  trials: number('N', 'how many trials (20)'),
  maxSeconds: number('N', 'how long trials may run, all together'),
  method: choice(
    ['random', 'successive-halving'],
    'which trials are trained for how long (random)',
  ),
  objective: choice(['accuracy', 'loss'], 'what trials are compared by (accuracy)'),
  reduction: number(
    'N',
    'of successive-halving: one in N trials goes on, for N times the epochs (3)',
  ),
  minEpochs: number('N', 'of successive-halving: fewest epochs of a trial (1)'),
  reportOnly: flag('tell the best trial, and train and publish nothing'),
  ...training,
  request,
  json: flag('print the outcome as JSON'),
};

/** What the words behind `glimpse search` ask for. */
export type SearchGiven = ValuesOf<typeof searchOptions> & { readonly dataset: string | undefined };

/** The request the options make, as POST /searches takes it; checked against its schema later. */
export function searchRequestOf(given: SearchGiven): Record<string, unknown> {
  const { vary, trials, maxSeconds, method, objective, reduction, minEpochs } = given;
  if (vary === undefined) throw new UsageError('Nothing is to be varied: --vary says what.');
  const train = trainRequestOf({ ...given, publish: undefined, golden: undefined });
  return {
    train,
    ranges: vary,
    ...defined({ trials, maxSeconds, method, objective, reduction, minEpochs }),
    ...(given.reportOnly && { publishWinner: false }),
  };
}

/** Ranges by their names, one from each time the option is given. */
function ranges(value: string, description: string): Option<Record<string, unknown> | undefined> {
  return {
    value,
    description: `${description}; may be given more than once`,
    read(given, before = {}) {
      const at = given.indexOf('=');
      if (at < 1) throw new UsageError(`takes ${value}, not "${given}".`);
      const name = given.slice(0, at);
      if (Object.hasOwn(before, name)) throw new UsageError(`says twice where ${name} lies.`);
      return { ...before, [name]: rangeOf(given.slice(at + 1)) };
    },
  };
}

const interval = /^(?:(log|int):)?(-?[\d.]+(?:e-?\d+)?)\.\.(-?[\d.]+(?:e-?\d+)?)$/i;
const types: Readonly<Record<string, string>> = { log: 'log-uniform', int: 'integer' };

/** "log:0.001..0.1" as the range it is, anything else as a list of choices: words, numbers, or JSON in brackets. */
function rangeOf(text: string): unknown {
  const [, kind = '', from, to] = interval.exec(text) ?? [];
  if (from !== undefined && to !== undefined) {
    return { type: types[kind] ?? 'uniform', from: Number(from), to: Number(to) };
  }
  if (!text.startsWith('[')) return { type: 'choice', values: text.split(',').map(valueOf) };
  try {
    return { type: 'choice', values: JSON.parse(text) };
  } catch (error) {
    throw new UsageError(`takes JSON in brackets: ${String(error)}`, { cause: error });
  }
}

function valueOf(word: string): unknown {
  const number = Number(word);
  return word.trim() === '' || Number.isNaN(number) ? word : number;
}
