import { signs, type Sign } from '../image/reading/signs.ts';
import type { FailedPrediction, Prediction } from './prediction.ts';
import type { ReadInstances } from './read-instances.ts';

/** What may stand between digits. */
export const signNames = signs;

/** A rectangle in pixels of the picture as it came in, upright; right and bottom are just outside. */
export interface PictureBox {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** What a picture says, line by line. */
export interface Reading {
  /** Its digits in reading order, with a line break between lines. */
  readonly text: string;
  /** The same with its signs. */
  readonly written: string;
  /** Of the picture, upright: what boxes are counted in. */
  readonly width: number;
  readonly height: number;
  readonly lines: readonly ReadLine[];
}

export interface ReadLine extends Pick<Reading, 'text' | 'written'> {
  readonly box: PictureBox;
  readonly digits: readonly (Prediction & { readonly box: PictureBox })[];
  readonly signs: readonly { readonly sign: Sign; readonly box: PictureBox }[];
}

/** The readings of all pictures of a request, of the predictions of their digits one after the other. */
export function readingsOf(
  { pages }: Pick<ReadInstances, 'pages'>,
  predictions: readonly (Prediction | FailedPrediction)[],
): (Reading | FailedPrediction)[] {
  let next = 0;
  return pages.map((page): Reading | FailedPrediction => {
    if (!('lines' in page)) return failedAt(predictions[next++]!);
    const lines: ReadLine[] = [];
    let failed: FailedPrediction | undefined;
    for (const { digits, signs } of page.lines) {
      const read = digits.flatMap(({ box }) => {
        const prediction = predictions[next++]!;
        if (!('error' in prediction)) return [{ ...prediction, box: rounded(box) }];
        failed ??= prediction;
        return [];
      });
      const seen = signs.map(({ sign, box }) => ({ sign, box: rounded(box) }));
      lines.push(lineOf(read, seen));
    }
    const { width, height } = page.original;
    const [text, written] = [lines.map((line) => line.text), lines.map((line) => line.written)];
    return failed ?? { text: text.join('\n'), written: written.join('\n'), width, height, lines };
  });
}

function failedAt(prediction: Prediction | FailedPrediction): FailedPrediction {
  if ('error' in prediction) return prediction;
  throw new Error('a picture that is not usable has a prediction: our bug');
}

/** Twice the middle. */
const middle = ({ left, right }: PictureBox): number => left + right;

function lineOf(digits: ReadLine['digits'], signs: ReadLine['signs']): ReadLine {
  const all = [
    ...digits.map(({ label, box }) => ({ label, box })),
    ...signs.map(({ sign, box }) => ({ label: sign, box })),
  ].sort((one, other) => middle(one.box) - middle(other.box));
  return {
    text: digits.map(({ label }) => label).join(''),
    written: all.map(({ label }) => label).join(''),
    box: {
      left: Math.min(...all.map(({ box }) => box.left)),
      top: Math.min(...all.map(({ box }) => box.top)),
      right: Math.max(...all.map(({ box }) => box.right)),
      bottom: Math.max(...all.map(({ box }) => box.bottom)),
    },
    digits,
    signs,
  };
}

const tenth = (value: number): number => Math.round(value * 10) / 10;

/** To a tenth of a pixel: what is beyond is not known. */
function rounded({ left, top, right, bottom }: PictureBox): PictureBox {
  return { left: tenth(left), top: tenth(top), right: tenth(right), bottom: tenth(bottom) };
}
