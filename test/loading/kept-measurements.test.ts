import { readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { createKeptMeasurements, isSteady } from '../../src/loading/kept-measurements.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

let folder: string;
beforeEach(async () => {
  folder = join(await temporaryFolder(), 'measurements');
});

const machine = { processor: 'a fast one', processors: 2, threads: 1 };
const open = (changes: object = {}, most?: number) =>
  createKeptMeasurements({
    folder,
    machine: () => ({ ...machine, ...changes }),
    ...(most !== undefined && { most }),
  });
const subject = { content: 'a'.repeat(64), isTrusted: true, maxBatchSize: 64 };
const measurement = {
  openMs: 12.5,
  curve: [
    { size: 1, ms: 0.4, memoryBytes: 1000 },
    { size: 2, ms: 0.5 },
  ],
};
const onlyFile = async (): Promise<string> => join(folder, (await readdir(folder))[0]!);

const steady = (...times: number[]): boolean =>
  isSteady({ openMs: 1, curve: times.map((ms, index) => ({ size: 2 ** index, ms })) });

describe('kept measurements', () => {
  it('are found again by the next process, as they were', async () => {
    expect(await open().find(subject)).toBeUndefined();
    await open().keep(subject, measurement);
    expect(await open().find(subject)).toEqual(measurement);
  });

  it.each([
    ['another machine', { processor: 'a slow one' }, {}],
    ['another number of threads', { threads: 2 }, {}],
    ['another content', {}, { content: 'b'.repeat(64) }],
    ['a cell instead of a thread', {}, { isTrusted: false }],
    ['another largest batch', {}, { maxBatchSize: 8 }],
  ])('are not those of %s', async (_, changes, other) => {
    await open().keep(subject, measurement);
    expect(await open(changes).find({ ...subject, ...other })).toBeUndefined();
  });

  it.each([
    ['is cut off', (text: string) => text.slice(0, text.length / 2)],
    ['is empty', () => ''],
    ['was renamed from another machine', (text: string) => text.replace('a fast one', 'other')],
    ['has times that nothing takes', (text: string) => text.replace('0.4', '0')],
    ['has times before zero', (text: string) => text.replace('0.5', '-0.5')],
    ['has sizes in no order', (text: string) => text.replace('"size": 2', '"size": 1')],
    ['does not begin with one image', (text: string) => text.replace('"size": 1', '"size": 2')],
    ['has no curve', (text: string) => text.replace('"curve"', '"curves"')],
    [
      'is of another format',
      (text: string) => text.replace('"formatVersion": 1', '"formatVersion": 2'),
    ],
    ['is endless', (text: string) => text + ' '.repeat(100_000)],
  ])('count for nothing when the file %s, and are replaced', async (_, damage) => {
    await open().keep(subject, measurement);
    const file = await onlyFile();
    const text = await readFile(file, 'utf8');
    expect(damage(text)).not.toBe(text);
    await writeFile(file, damage(text));
    expect(await open().find(subject)).toBeUndefined();
    await open().keep(subject, measurement);
    expect(await open().find(subject)).toEqual(measurement);
  });

  it('are bounded: the oldest go', async () => {
    const kept = open({}, 2);
    const subjects = ['1', '2', '3'].map((content) => ({ ...subject, content }));
    for (const [index, each] of subjects.entries()) {
      const before = new Set(await readdir(folder).catch(() => []));
      await kept.keep(each, measurement);
      const [made] = (await readdir(folder)).filter((name) => !before.has(name));
      await utimes(join(folder, made!), index, index);
    }
    const found = await Promise.all(subjects.map((each) => kept.find(each)));
    expect(found).toEqual([undefined, measurement, measurement]);
    expect(await readdir(folder)).toHaveLength(2);
  });

  it('are worth keeping unless a larger batch was faster, or each image in it far slower', () => {
    expect(steady(1)).toBe(true);
    expect(steady(1, 1, 1.9, 3.9)).toBe(true);
    expect(steady(1, 0.95, 2.8)).toBe(true);
    expect(steady(1, 0.85)).toBe(false);
    expect(steady(1, 2, 6.1)).toBe(false);
  });
});
