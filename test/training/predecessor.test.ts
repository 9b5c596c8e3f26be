import { describe, expect, it } from 'vitest';
import { mnistPreprocessing } from '../../src/preprocessing/contract-one.ts';
import { plainContract } from '../../src/preprocessing/presets.ts';
import { compareWithPredecessor } from '../../src/training/predecessor.ts';
import { bars, tinyWorkshop } from './tiny-run.ts';

const notesOf = (events: readonly { type: string }[]) =>
  events.flatMap((event) => ('note' in event ? [event.note] : []));

describe('the next version of a model', () => {
  it('prepares images as the one before, unless its request says otherwise, and says so', async () => {
    const { run, events, repository } = await tinyWorkshop(bars(60));
    const contractOf = async (version: number) =>
      (await repository.manifest('bars', version)).preprocessing.polarity;
    await run({ epochs: 1, preprocessing: { polarity: 'dark-on-light' } });
    expect([await contractOf(1), notesOf(events)]).toEqual(['dark-on-light', []]);
    await run({ epochs: 1 });
    expect(await contractOf(2)).toBe('dark-on-light');
    expect(notesOf(events)).toEqual([
      'Images are prepared as those of version 1: polarity dark-on-light.',
    ]);
    await run({ epochs: 1, preprocessing: { polarity: 'as-is' } });
    expect(await contractOf(3)).toBe('as-is');
    expect(notesOf(events).slice(1)).toEqual([
      'Version 2 prepared its images with polarity dark-on-light; this one does with polarity as-is, as its request or dataset says.',
    ]);
    await run({ epochs: 1 });
    expect([await contractOf(4), notesOf(events).length]).toEqual(['as-is', 2]);
    const other = await run({ epochs: 1, model: 'others' });
    expect(other.version).toBe(1);
  });

  it('takes nothing over for images of another size', () => {
    const digits = mnistPreprocessing;
    const colour = plainContract({ width: 32, height: 32, channels: 3 });
    expect(compareWithPredecessor({ version: 4, preprocessing: digits }, colour)).toEqual([
      'Version 4 took images of 28x28x1 (canonicalise handwriting, resize.kernel lanczos3); this one takes 32x32x3, and nothing of that was taken over.',
    ]);
    const plain = plainContract({ width: 28, height: 28, channels: 1 });
    expect(compareWithPredecessor({ version: 4, preprocessing: plain }, colour)).toEqual([]);
    expect(compareWithPredecessor(undefined, colour)).toEqual([]);
  });
});
