import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createJobStore } from '../../src/jobs/store.ts';
import type { StoredJob } from '../../src/jobs/stored-job.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { farRequest } from './job-bench.ts';

const idOf = (digit: string): string => digit.repeat(16);

const stored = (id: string, second = 0): StoredJob => ({
  record: {
    id,
    kind: 'evaluate',
    state: 'queued',
    request: { model: 'bars', version: 1, dataset: farRequest.dataset, maxBadRows: 0 },
    createdAt: `2026-01-01T00:00:0${second}.000Z`,
    attempts: 0,
    history: [],
    notes: [],
  },
  uploads: [],
});

async function storeBench() {
  const folder = await temporaryFolder();
  const problems: string[] = [];
  const store = createJobStore({ folder, onProblem: (problem) => problems.push(problem) });
  const writeRecord = async (id: string, text: string): Promise<void> => {
    await mkdir(join(folder, id), { recursive: true });
    await writeFile(join(folder, id, 'job.json'), text);
  };
  return { folder, problems, store, writeRecord };
}

describe('the store of jobs', () => {
  it('gives jobs oldest first, those of one moment by their ids', async () => {
    const { store } = await storeBench();
    for (const [digit, second] of [
      ['b', 2],
      ['f', 1],
      ['a', 2],
      ['0', 3],
    ] as const)
      await store.save(stored(idOf(digit), second));
    const ids = (await store.load()).map(({ record }) => record.id);
    expect(ids).toEqual(['f', 'a', 'b', '0'].map(idOf));
  });

  it('removes what a crash left of a job without a record, and nothing that is no job', async () => {
    const { store, folder, problems } = await storeBench();
    const others = ['notes', idOf('A'), '0'.repeat(15), '0'.repeat(17)];
    for (const name of [...others, idOf('1')])
      await mkdir(join(folder, name, 'work', 'more'), { recursive: true });
    expect(await store.load()).toEqual([]);
    expect((await readdir(folder)).toSorted()).toEqual(others.toSorted());
    expect(problems).toEqual([]);
  });

  it('says of a record that is not usable what is wrong with it, and leaves it where it is', async () => {
    const { store, folder, problems, writeRecord } = await storeBench();
    const whole = stored(idOf('1'));
    await writeRecord(idOf('1'), '{');
    await writeRecord(idOf('2'), JSON.stringify({ ...whole, deaths: -1 }));
    const record = { ...whole.record, kind: 'import' };
    await writeRecord(idOf('3'), JSON.stringify({ ...whole, record }));
    await store.save(stored(idOf('4')));
    expect(await store.load()).toEqual([stored(idOf('4'))]);
    expect(problems).toEqual([
      expect.stringMatching(/^The record of job 1{16} is not usable: .*JSON/),
      `The record of job ${idOf('2')} is not usable: "deaths" must be >= 0`,
      `The record of job ${idOf('3')} is not usable: /record/request is not that of a job of kind import`,
    ]);
    expect(await readdir(folder)).toHaveLength(4);
    expect(await createJobStore({ folder }).load()).toEqual([stored(idOf('4'))]);
  });

  it('makes the work folder of a job that came without files, and removes folders that are gone already', async () => {
    const { store, folder } = await storeBench();
    const job = stored(idOf('1'));
    const work = join(folder, idOf('1'), 'work');
    expect(await store.openWork(job)).toEqual({ folder: work, uploads: [] });
    expect(await readdir(work)).toEqual([]);
    for (const _ of [1, 2]) await store.clearWork(idOf('1'));
    expect(await readdir(join(folder, idOf('1')))).toEqual([]);
    for (const _ of [1, 2]) await store.remove(idOf('1'));
    expect(await readdir(folder)).toEqual([]);
  });

  it('tells of a log that cannot be written, if anybody wants to know', async () => {
    const { store, folder, problems } = await storeBench();
    await writeFile(join(folder, idOf('1')), 'no folder');
    for (const one of [store, createJobStore({ folder })]) {
      const log = one.openLog(idOf('1'));
      log.write('lost');
      await log.settled();
    }
    expect(problems).toEqual([expect.stringContaining('could not be written')]);
  });
});
