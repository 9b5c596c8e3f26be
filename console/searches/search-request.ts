import type { SearchRange } from '../api/job-shapes.ts';

/** A setting that is varied, as the form holds it. */
export interface WantedRange {
  readonly name: string;
  readonly type: SearchRange['type'];
  readonly from: string;
  readonly to: string;
  /** Of a choice, with commas between them. */
  readonly values: string;
}

/** What a search is asked for, beside what all its trials have in common. */
export interface WantedSearch {
  readonly ranges: readonly WantedRange[];
  readonly method: 'random' | 'successive-halving';
  readonly objective: 'accuracy' | 'loss';
  readonly trials: string;
  readonly minutes: string;
  readonly publishesWinner: boolean;
}

const none = { from: '', to: '', values: '' };

/** What is most often worth varying, each with a range to begin with. */
export const knownSettings: readonly (readonly [title: string, range: WantedRange])[] = [
  [
    'Learning rate',
    { ...none, name: 'optimizer.learningRate', type: 'log-uniform', from: '0.0005', to: '0.02' },
  ],
  ['Batch size', { ...none, name: 'batchSize', type: 'choice', values: '16, 32, 64' }],
  ['Epochs', { ...none, name: 'epochs', type: 'integer', from: '5', to: '50' }],
  ['Label smoothing', { ...none, name: 'labelSmoothing', type: 'uniform', from: '0', to: '0.2' }],
  ['Penalty (L2)', { ...none, name: 'l2', type: 'log-uniform', from: '0.000001', to: '0.001' }],
  ['Net', { ...none, name: 'architecture', type: 'choice', values: 'dense, cnn-tiny' }],
  ['Augmentation', { ...none, name: 'augmentation', type: 'choice', values: 'none, shift' }],
];

export const searchToBegin: WantedSearch = {
  ranges: knownSettings.slice(0, 2).map(([, range]) => range),
  method: 'random',
  objective: 'accuracy',
  trials: '',
  minutes: '',
  publishesWinner: true,
};

export function titleOf(name: string): string {
  return knownSettings.find(([, known]) => known.name === name)?.[0] ?? name;
}

/** The body of the call; what is left out is the server's default, and what is wrong it says. */
export function searchRequestOf(train: object, wanted: WantedSearch): object {
  const { ranges, method, objective, trials, minutes, publishesWinner } = wanted;
  return {
    train,
    ranges: Object.fromEntries(ranges.map((range) => [range.name.trim(), rangeOf(range)])),
    method,
    objective,
    publishWinner: publishesWinner,
    ...(trials && { trials: Number(trials) }),
    ...(minutes && { maxSeconds: Number(minutes) * 60 }),
  };
}

function rangeOf({ type, from, to, values }: WantedRange): object {
  if (type !== 'choice') return { type, from: Number(from), to: Number(to) };
  return { type, values: values.split(',').map((word) => valueOf(word.trim())) };
}

/** Numbers and true, false as what they are, every other word as a word. */
function valueOf(word: string): unknown {
  if (word === 'true' || word === 'false') return word === 'true';
  const number = Number(word);
  return word === '' || Number.isNaN(number) ? word : number;
}
