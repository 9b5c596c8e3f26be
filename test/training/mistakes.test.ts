import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { withDigest } from '../../src/datasets/dataset.ts';
import { plainContract } from '../../src/preprocessing/presets.ts';
import type { TrainEvent } from '../../src/training/events.ts';
import { tellMistakes, worstMistakes } from '../../src/training/measuring/mistakes.ts';

const shape = { width: 1, height: 1, channels: 1 } as const;

/** Images of one pixel, whose level is their number; the classes take turns. */
function datasetOf(count: number) {
  const dataset = withDigest({
    shape,
    classes: ['even', 'odd'],
    pixels: Uint8Array.from({ length: count }, (_, at) => at),
    labels: Int32Array.from({ length: count }, (_, at) => at % 2),
  });
  return {
    dataset,
    // As they come to be measured: not in the order of the dataset.
    indices: Int32Array.from({ length: count }, (_, at) => count - 1 - at),
    preprocessing: plainContract(shape),
  };
}

describe('the worst mistakes', () => {
  it('are the wrong answers that were surest, the surest first', () => {
    const examples = datasetOf(4);
    // To the examples 3, 2, 1, 0.
    const answers = [
      { answered: 0, score: 0.6 },
      { answered: 0, score: 0.99 },
      { answered: 0, score: 0.9 },
      { answered: 1, score: 0.7 },
    ];
    expect(worstMistakes(examples, answers)).toEqual({
      dataset: examples.dataset,
      worst: [
        { index: 1, answered: 0, score: 0.9 },
        { index: 0, answered: 1, score: 0.7 },
        { index: 3, answered: 0, score: 0.6 },
      ],
    });
  });

  it('are told with their classes and drawn in the same order, a hundred at most', async () => {
    const examples = datasetOf(120);
    const answers = [...examples.indices].map((index) => ({
      answered: 1 - (index % 2),
      score: index / 120,
    }));
    const mistakes = worstMistakes(examples, answers);
    const events: TrainEvent[] = [];
    let sheet: Buffer | undefined;
    await tellMistakes(mistakes, {
      saveSheet: async (png) => void (sheet = png),
      report: (event) => void events.push(event),
    });
    const [event] = events;
    if (event?.type !== 'mistakes') throw new Error('they were not told');
    const { cell, columns, worst } = event.mistakes;
    expect(worst).toHaveLength(100);
    expect(worst.slice(0, 2)).toEqual([
      { class: 'odd', answered: 'even', score: 119 / 120 },
      { class: 'even', answered: 'odd', score: 118 / 120 },
    ]);
    const image = sharp(sheet);
    const { width, height } = await image.metadata();
    expect([width, height]).toEqual([columns * cell, 10 * cell]);
    const { data, info } = await image.raw().toBuffer({ resolveWithObject: true });
    const levelAt = (at: number): number => {
      const [x, y] = [(at % columns) * cell, Math.floor(at / columns) * cell];
      return data[((y + cell / 2) * info.width + x + cell / 2) * info.channels]!;
    };
    expect([0, 1, 9, 10, 99].map(levelAt)).toEqual([119, 118, 110, 109, 20]);
  });

  it('are told to nobody where none was made, or nobody keeps their pictures', async () => {
    const examples = datasetOf(2);
    const told: unknown[] = [];
    const report = (event: unknown): void => void told.push(event);
    const saveSheet = async (png: Buffer): Promise<void> => void told.push(png);
    const right = [...examples.indices].map((index) => ({ answered: index % 2, score: 1 }));
    await tellMistakes(worstMistakes(examples, right), { saveSheet, report });
    const wrong = right.map(({ answered, score }) => ({ answered: 1 - answered, score }));
    await tellMistakes(worstMistakes(examples, wrong), { report });
    expect(told).toEqual([]);
  });
});
