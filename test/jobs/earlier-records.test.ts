import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { inPresentForm } from '../../src/jobs/earlier-records.ts';
import { jobBench } from './job-bench.ts';
import { succeeded } from './puppet-trainer.ts';

/** A bench on which a job lies as an earlier version wrote it. */
async function benchWith(name: string, change: (text: string) => string = (text) => text) {
  const bench = await jobBench();
  const written = await readFile(
    join(import.meta.dirname, 'earlier-records', `${name}.json`),
    'utf8',
  );
  const { record } = JSON.parse(written);
  await mkdir(join(bench.folder, 'jobs', record.id), { recursive: true });
  await writeFile(join(bench.folder, 'jobs', record.id, 'job.json'), change(written));
  return { ...bench, ...(await bench.open()), record };
}

describe('a record of an earlier version', () => {
  it('without a kind is of a training, and keeps all its figures', async () => {
    const { queue, record, problems } = await benchWith('train-without-kind');
    expect(record).not.toHaveProperty('kind');
    expect(problems).toEqual([]);
    const request = { ...record.request, workers: 1 };
    expect(queue.get(record.id)).toEqual({ ...record, kind: 'train', request });
    expect(await queue.logs(record.id)).toBe('');
  });

  it('without a kind, and still queued, is run as a training', async () => {
    const { queue, trainer, record } = await benchWith('train-without-kind', (text) =>
      text.replace('"state": "succeeded"', '"state": "queued"'),
    );
    const { job, end } = await trainer.next();
    expect(job).toMatchObject({
      id: record.id,
      kind: 'train',
      request: { model: 'bars', workers: 1 },
    });
    end(succeeded);
    await vi.waitFor(() => expect(queue.get(record.id).state).toBe('succeeded'));
  });

  it.each([
    ['evaluate', { read: 0.03, evaluate: 0.907 }],
    ['import', { read: 0.021, store: 0.034 }],
  ])('of kind %s loses the timings of stages it never had', async (kind, timings) => {
    const { queue, record, problems } = await benchWith(kind);
    expect(record.timings).toHaveProperty('train', 0);
    expect(problems).toEqual([]);
    expect(queue.get(record.id)).toEqual({ ...record, kind, timings });
  });

  it.each(['null', '[]', '{"record":[]}', '{"record":{"request":3,"timings":[]}}'])(
    'that is %s is announced as unreadable, and nothing else happens',
    async (text) => {
      const { queue, problems } = await benchWith('import', () => text);
      expect(queue.list()).toEqual([]);
      expect(problems).toEqual([expect.stringContaining('is not usable')]);
    },
  );

  it('whose request is of another kind than it says is announced as unreadable', async () => {
    const { queue, problems } = await benchWith('import', (text) =>
      text.replace('"kind": "import"', '"kind": "evaluate"'),
    );
    expect(queue.list()).toEqual([]);
    expect(problems).toEqual([expect.stringContaining('not that of a job of kind evaluate')]);
  });
});

describe('a record in the form of today', () => {
  it.each([
    ['a training', { kind: 'train', request: { model: 'bars', workers: 4 } }],
    ['an import', { kind: 'import', request: {}, timings: { read: 1, clean: 2, store: 3 } }],
    ['an evaluation', { kind: 'evaluate', request: {}, timings: { read: 1, evaluate: 2 } }],
    ['one that is wrong elsewhere', { kind: 'import', request: 3, timings: 4 }],
  ])('is taken as it is: %s', (_, record) => {
    expect(inPresentForm({ record, uploads: [] })).toStrictEqual({ record, uploads: [] });
  });

  it.each([[null], [[]], [{}], [{ record: [] }]])('is not made of %j', (stored) => {
    expect(inPresentForm(stored)).toBe(stored);
  });
});
