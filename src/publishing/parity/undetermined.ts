import type { ContractTwo } from '../../preprocessing/contract-two.ts';
import { differencesOf } from '../../preprocessing/differences.ts';
import type { RequestedPreprocessing } from '../../preprocessing/requested.ts';
import { isMinded } from './candidates.ts';
import { readingWords, type Picture } from './picture.ts';
import type { Judged } from './ranking.ts';

/** A word of the contract that the references leave open. */
export interface OpenWord {
  readonly word: string;
  /** What it could be as well. */
  readonly values: readonly string[];
  /** Which image would tell. */
  readonly advice: string;
}

interface Telling {
  readonly judged: readonly Judged[];
  readonly pictures: readonly Picture[];
  readonly known: RequestedPreprocessing;
  /** Whether the numbers of the values were solved for, and differ a little for each contract. */
  readonly areValuesSolved: boolean;
  /** Whether two distances are as good as one. */
  isTie(best: number, other: number): boolean;
}

const valueWords = new Set(['scale', 'mean', 'std']);

const advice: Readonly<Record<string, string>> = {
  'resize.mode': 'an image that is not square',
  'resize.size': 'a detailed image that is not square',
  'resize.pad': 'an image that is not square, with something at its border',
  'resize.kernel': 'a detailed image, twice as large as the input or more',
  'resize.antialias': 'a detailed image, twice as large as the input or more',
  crop: 'an image that is not square',
  colourSpace: 'an image in strong colours',
  icc: 'an image with a colour profile other than sRGB',
  exif: 'a photo whose EXIF orientation turns it',
  alpha: 'a PNG with transparent parts',
};

/** The words that no reference decides: other contracts are as close, or no image minds them. Not one is guessed. */
export function openWords(best: Judged, telling: Telling): OpenWord[] {
  const { judged, pictures, known, areValuesSolved } = telling;
  const open = new Map<string, Set<string>>();
  const add = (word: string, value: string): void => {
    open.set(word, (open.get(word) ?? new Set()).add(value));
  };
  for (const { contract, distance } of judged) {
    if (!telling.isTie(best.distance, distance)) continue;
    for (const word of differingWords(best.contract, contract)) {
      if (areValuesSolved && valueWords.has(word)) continue;
      add(word, valueOf(contract, word));
    }
  }
  for (const word of readingWords) {
    if (known[word] === undefined && !isMinded(pictures, word)) add(word, 'any');
  }
  return [...open].map(([word, values]) => ({
    word,
    values: [...values],
    advice: advice[word] ?? 'an image with dark and light and all colours in it',
  }));
}

/** The words by their first parts; what follows from another mode is not told beside it. */
function differingWords(one: ContractTwo, other: ContractTwo): string[] {
  const words = new Set(differencesOf(one, other).map(shortWord));
  if (JSON.stringify(one.resize.size) !== JSON.stringify(other.resize.size))
    words.add('resize.size');
  if (words.has('resize.mode')) {
    for (const word of ['resize.size', 'resize.pad', 'crop']) words.delete(word);
  }
  return [...words];
}

const shortWord = (word: string): string =>
  /^(resize\.(?:pad|size)|crop|alpha)/.exec(word)?.[1] ?? word;

function valueOf(contract: ContractTwo, word: string): string {
  const { resize } = contract;
  switch (word) {
    case 'resize.mode':
      return resize.mode;
    case 'resize.size':
      return typeof resize.size === 'number'
        ? String(resize.size)
        : `${resize.size.width} x ${resize.size.height}`;
    case 'resize.kernel':
      return resize.kernel;
    case 'resize.antialias':
      return String(resize.antialias);
    case 'resize.pad':
      return 'pad' in resize ? `${String(resize.pad.colour)} ${resize.pad.align}` : 'none';
    case 'crop':
      return contract.crop ? contract.crop.align : 'none';
    default:
      return JSON.stringify(
        Object.entries(contract).find(([name]) => name === word)?.[1] ?? 'none',
      );
  }
}
