import { mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { ExplainedPrediction } from './classifier.ts';
import type { NamedPrediction } from './in-words.ts';

/**
 * Writes what explains predictions into a folder, which is made where it is not there: NUMBER-IMAGE-saw.png and so on, the number being
 * the place of the image among all. Resolves with how many files there are.
 */
export async function writePictures(
  folder: string,
  predictions: readonly NamedPrediction[],
): Promise<number> {
  await mkdir(folder, { recursive: true });
  let written = 0;
  for (const [index, prediction] of predictions.entries()) {
    const name = `${index + 1}-${basename(prediction.image)}`;
    for (const [part, png] of picturesIn(prediction)) {
      await writeFile(join(folder, `${name}-${part}.png`), Buffer.from(png, 'base64'));
      written += 1;
    }
  }
  return written;
}

function picturesIn(prediction: NamedPrediction): [part: string, png: string][] {
  if ('error' in prediction) return [];
  if ('top' in prediction) return picturesOf(prediction);
  const digits = prediction.lines.flatMap((line) => line.digits);
  return digits.flatMap((digit, at) =>
    picturesOf(digit).map(([part, png]): [string, string] => [`digit-${at + 1}-${part}`, png]),
  );
}

function picturesOf({
  saw,
  occlusion,
  gradient,
  nearest = [],
}: ExplainedPrediction): [part: string, png: string][] {
  const one = { saw, occlusion, gradient };
  const found = Object.entries(one).flatMap(([part, map]): [string, string][] =>
    map ? [[part, map.png]] : [],
  );
  const others = nearest.map(({ label, png }, at): [string, string] => {
    const safe = label.replaceAll(/[^A-Za-z0-9._-]/g, '_');
    return [`nearest-${at + 1}-${safe}`, png];
  });
  return [...found, ...others];
}
