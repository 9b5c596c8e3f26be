import { Errors } from 'typebox/schema';
import { describe, expect, it, vi } from 'vitest';
import { lookAtClasses } from '../../../src/datasets/looking/class-images.ts';
import { drawContactSheet } from '../../../src/datasets/looking/contact-sheet.ts';
import { lookAtDataset, type LookContext } from '../../../src/datasets/looking/look-at-dataset.ts';
import { LookOutcomeSchema, type LookEvent } from '../../../src/datasets/looking/look-request.ts';
import { plainContract } from '../../../src/preprocessing/presets.ts';
import { undecided } from '../../../src/datasets/refusal.ts';
import type { DatasetSpec } from '../../../src/datasets/spec.ts';
import { errors } from '../../../src/errors.ts';
import { example, lookedAt, openerBy, size, type Reading, type Told } from './looked-datasets.ts';

const shape = size(3, 3);
/** Images of nine pixels that are all different. */
const pixels = (count: number, first = 0): number[] =>
  Array.from({ length: count * 9 }, (_, at) => ((at + first * 9) * 73) % 251);

/** A reading of these examples, of which each row is told. */
const reading =
  (told: Told, badRows: readonly string[] = []): Reading =>
  (_, { onExample, onBadRow }) => {
    const { labels = [], classes = ['a', 'b'] } = told;
    for (const [index, label] of labels.entries()) {
      onExample!(index, example(index + 1, { label: classes[label] }));
    }
    for (const problem of badRows) onBadRow!({ line: 99 }, problem);
    return lookedAt({ shape, ...told }).opened;
  };

async function lookAt(readings: Reading[], dataset: DatasetSpec = { uri: 'd' }, more = {}) {
  const { datasets } = openerBy(...readings);
  const events: LookEvent[] = [];
  const saveSheet = vi.fn<LookContext['saveSheet']>(async () => {});
  const { looked, timings, ...outcome } = await lookAtDataset(
    { dataset, maxBadRows: 0, validationSplit: 0.25, testSplit: 0.25, seed: 5 },
    {
      datasets,
      uploads: ['x.csv', 'y.csv'].map((name) => ({ part: 'dataset', name, file: name })),
      jobDir: 'w',
      signal: new AbortController().signal,
      report: (event) => events.push(event),
      saveSheet,
      ...more,
    },
  );
  expect(Errors(LookOutcomeSchema, { looked, timings, ...outcome })).toEqual([true, []]);
  const codes = looked.findings.map(({ code }) => code);
  return {
    looked,
    timings,
    ...outcome,
    codes,
    saveSheet,
    events,
  };
}

const labels = [0, 0, 0, 0, 1, 1, 1, 1];
const eight: Told = {
  labels,
  pixels: pixels(8),
  opened: {
    rowsRead: 9,
    ignored: {
      count: 1,
      archives: 0,
      names: [],
      kinds: [{ reason: 'why', count: 1, names: ['x'] }],
    },
  },
};

describe('a look at a dataset', () => {
  it('tells what was understood, who plays which part, and what was left out', async () => {
    const noteInherited = vi.fn(() => ['as before']);
    const look = await lookAt([reading(eight, ['odd'])], undefined, { noteInherited });
    expect(look.events).toEqual([
      { type: 'stage', stage: 'reading' },
      { type: 'stage', stage: 'comparing' },
      { type: 'stage', stage: 'drawing' },
    ]);
    expect(look.looked).toMatchObject({
      source: 'd',
      assumed: [],
      trainable: true,
      format: 'csv',
      understood: { shape },
      examples: 8,
      rowsRead: 9,
      badRows: [{ reason: 'odd', count: 1, names: ['line 99'] }],
      ignored: [{ reason: 'why', count: 1, names: ['x'] }],
      parts: {
        training: 4,
        validation: 2,
        test: 2,
        testFrom: 'set aside before training (seed 5)',
      },
      classes: [
        { name: 'a', examples: 4, training: 2, validation: 1, test: 1 },
        { name: 'b', examples: 4, training: 2, validation: 1, test: 1 },
      ],
      digest: lookedAt({ shape, ...eight }).opened.dataset.digest,
    });
    expect(look.codes).not.toContain('shared-between-parts');
    expect(look.notes).toEqual(['as before']);
    expect(noteInherited).toHaveBeenCalledExactlyOnceWith(plainContract(shape));
    expect(look.saveSheet).toHaveBeenCalledOnce();
    const { dataset } = lookedAt({ shape, ...eight }).opened;
    const sheet = await drawContactSheet(dataset, [4, 4], await lookAtClasses(dataset, undefined));
    expect(look.saveSheet.mock.calls[0]![0].equals(sheet)).toBe(true);
    expect((await lookAt([reading(eight)])).notes).toEqual([]);
  });

  it('tells why it cannot be read, and of uploads their names', async () => {
    const refused = new errors.GLIMPSE_DATASET_INVALID('odd');
    const look = await lookAt(
      [
        (_, { onBadRow }) => {
          onBadRow!({ line: 3 }, 'dark');
          throw refused;
        },
      ],
      {},
    );
    expect(look.looked).toEqual({
      source: 'x.csv, y.csv',
      assumed: [],
      trainable: false,
      examples: 0,
      rowsRead: 0,
      badRows: [{ reason: 'dark', count: 1, names: ['line 3'] }],
      ignored: [],
      classes: [],
      findings: [expect.objectContaining({ code: 'refused', message: 'Odd' })],
    });
    expect(look.timings).toEqual({ read: expect.any(Number), compare: 0, draw: 0 });
    expect([look.events, look.notes]).toEqual([[{ type: 'stage', stage: 'reading' }], []]);
    expect(look.saveSheet).not.toHaveBeenCalled();
  });

  it('is of nothing trainable where there is a question, with what was assumed', async () => {
    const question = undecided('range', 'what is white', { values: [16] });
    const look = await lookAt([
      () => {
        throw question;
      },
      reading(eight),
    ]);
    expect(look.looked.trainable).toBe(false);
    expect(look.looked.assumed).toMatchObject([{ option: 'range', cli: '--range 16' }]);
  });

  it('finds one class, what stands out in files, and what is there twice', async () => {
    const one = await lookAt([reading({ labels: [0, 0], pixels: [...pixels(1), ...pixels(1)] })]);
    expect(one.looked.trainable).toBe(false);
    expect(one.codes).toEqual(expect.arrayContaining(['refused', 'duplicates']));
    const unmeasured = one.looked.findings.find(({ code }) => code === 'unmeasured-classes');
    expect(unmeasured?.message).toContain('No example is left to measure on');
    const flat = await lookAt([
      reading({ labels, pixels: labels.flatMap(() => Array(9).fill(7)) }),
    ]);
    expect(flat.codes).toContain('constant-images');
    expect(flat.looked.trainable).toBe(true);
  });

  it('counts what lies apart as its test, and finds what is in both', async () => {
    const rising = Array.from({ length: 81 }, (_, at) => (at % 9) * 20 + Math.floor(at / 9) * 5);
    const wide = { shape: size(9, 9) };
    const main = {
      ...wide,
      labels: [0, 0, 1, 1, 1],
      classes: ['a', 'b'],
      pixels: [...rising, ...Array.from({ length: 324 }, (_, at) => (at * 73) % 251)],
      opened: { heldOut: { uri: 'd/test' } },
    };
    const apart = { ...wide, labels: [0, 0], pixels: [...rising, ...rising.toReversed()] };
    const look = await lookAt([reading(main), reading(apart)]);
    expect(look.looked.parts).toMatchObject({ test: 2, testFrom: 'd/test' });
    expect(look.looked.classes.map(({ test }) => test)).toEqual([2, 0]);
    expect(look.looked.examples).toBe(5);
    const unmeasured = look.looked.findings.find(({ code }) => code === 'unmeasured-classes');
    expect(unmeasured?.message).toContain('for want of examples to measure on: "b"');
    const shared = look.looked.findings.find(({ code }) => code === 'shared-between-parts');
    expect(shared?.examples[0]).toContain('test/line 1 (test)');
  });
});
