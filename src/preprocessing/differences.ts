import { isRecord } from '../json.ts';
import type { Preprocessing } from './contract.ts';
import { stepsOf } from './steps.ts';

/** What is told of contracts by their words: a size has a text of its own, and the form is not one of the words. */
const untold = new Set(['contract', 'width', 'height', 'channels', 'resize.size']);

/** The words in which two contracts differ, such as `resize.mode`, whatever size their images have. */
export function differencesOf(one: Preprocessing, other: Preprocessing): string[] {
  const [here, there] = [wordsOf(one), wordsOf(other)];
  const names = [...new Set([...here.keys(), ...there.keys()])];
  return names.filter((name) => !untold.has(name) && here.get(name) !== there.get(name));
}

/** Those words with what a contract says for each. */
export function listed(names: readonly string[], preprocessing: Preprocessing): string {
  const words = wordsOf(preprocessing);
  return names.map((name) => `${name} ${words.get(name) ?? 'none'}`).join(', ');
}

/** What becomes of an image, in one line. */
export function inWords(preprocessing: Preprocessing): string {
  const { resize, crop, icc, alpha, exif, canonicalise, page, read } = stepsOf(preprocessing);
  const size =
    typeof resize.size === 'number' ? resize.size : `${resize.size.width} x ${resize.size.height}`;
  const pad = 'pad' in resize ? `, padded with ${String(resize.pad.colour)}` : '';
  const cut = crop ? `, cropped to ${crop.size.width} x ${crop.size.height}` : '';
  const filter = `${resize.kernel}${resize.antialias ? ' with antialias' : ''}`;
  const transparency = typeof alpha === 'string' ? alpha : `flatten ${String(alpha.flatten)}`;
  const ink =
    canonicalise === 'none'
      ? ''
      : `${canonicalise}${page === 'find' ? ' on the page that is found' : ''}, then `;
  return `${ink}${resize.mode} ${size} by ${filter}${pad}${cut}; icc ${icc}, alpha ${transparency}, exif ${exif}${read === 'all' ? ', read all' : ''}`;
}

function wordsOf(preprocessing: Preprocessing): Map<string, string> {
  const words = new Map<string, string>();
  const add = (path: string, value: unknown): void => {
    if (!isRecord(value)) words.set(path, String(value));
    else
      for (const [name, inner] of Object.entries(value))
        add(path ? `${path}.${name}` : name, inner);
  };
  add('', stepsOf(preprocessing));
  // What those that do not say it mean.
  if (words.get('page') === 'border') words.delete('page');
  if (words.get('read') === 'one') words.delete('read');
  return words;
}
