import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { createJobLog } from '../../src/jobs/log.ts';
import { temporaryFolder } from '../datasets/dataset-files.ts';
import { farRequest, jobBench } from './job-bench.ts';
import { epochEvent, succeeded } from './puppet-trainer.ts';

const time = '2026-01-02T03:04:05.678Z';

async function logIn(folder: string, maxBytes = 2 ** 20) {
  const problems: string[] = [];
  const log = createJobLog({
    folder,
    maxBytes,
    now: () => new Date(time),
    onProblem: (problem) => problems.push(problem),
  });
  return { log, problems };
}

/** A line that is 32 bytes with its time and its end. */
const lineOf = (index: number): string => `no. ${String(index).padStart(2)}`;
const textOf = (...indices: number[]): string =>
  indices.map((index) => `${time} ${lineOf(index)}\n`).join('');

const sizeOf = async (folder: string): Promise<number> => {
  const files = await readdir(folder);
  const sizes = await Promise.all(files.map(async (name) => (await stat(join(folder, name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
};

describe('the log of a job', () => {
  it('keeps every line with its time, and gives all of them or the last ones', async () => {
    const { log } = await logIn(await temporaryFolder());
    log.write('first');
    log.write('a stack trace\n    at line 1\n    at line 2');
    expect(await log.read()).toBe(
      ['first', 'a stack trace', '    at line 1', '    at line 2']
        .map((line) => `${time} ${line}\n`)
        .join(''),
    );
    expect(await log.read(1)).toBe(`${time}     at line 2\n`);
    expect(await log.read(100)).toBe(await log.read());
  });

  it('is empty before anything was said', async () => {
    const { log } = await logIn(await temporaryFolder());
    expect(await log.read()).toBe('');
    expect(await log.read(5)).toBe('');
  });

  it('goes on after a restart', async () => {
    const folder = await temporaryFolder();
    const before = await logIn(folder);
    before.log.write('before');
    await before.log.settled();
    const after = await logIn(folder);
    after.log.write('after');
    expect(await after.log.read()).toBe(`${time} before\n${time} after\n`);
  });

  it('keeps its beginning and its newest part, says what is missing, and stays small', async () => {
    const folder = await temporaryFolder();
    for (const restart of [0, 1, 2]) {
      const { log } = await logIn(folder, 8192);
      for (let line = 0; line < 1000; line += 1) {
        log.write(`line ${restart * 1000 + line}`);
        if (line % 100 === 0) await log.settled();
      }
      const lines = (await log.read()).trimEnd().split('\n');
      expect(lines[0]).toBe(`${time} line 0`);
      expect(lines.at(-1)).toBe(`${time} line ${restart * 1000 + 999}`);
      expect(lines.filter((line) => line.includes('not kept'))).toHaveLength(1);
      expect(await sizeOf(folder)).toBeLessThan(8192 + 4 * 100);
    }
  });

  it('lets no control character in, and cuts endless lines', async () => {
    const { log } = await logIn(await temporaryFolder());
    log.write('red \u001b[31m\u0007 tab\there é 中');
    log.write('x'.repeat(1_000_000));
    const [colours, long] = (await log.read()).split('\n');
    expect(colours).toBe(`${time} red \ufffd[31m\ufffd tab\there é 中`);
    expect(long).toBe(`${time} ${'x'.repeat(2000)} ...`);
    log.write('y'.repeat(2000));
    expect(await log.read(1)).toBe(`${time} ${'y'.repeat(2000)}\n`);
  });

  it('counts lines that come faster than the disk takes them', async () => {
    const { log } = await logIn(await temporaryFolder());
    for (let line = 0; line < 5003; line += 1) log.write(`line ${line}`);
    expect(await log.read()).toBe(
      [
        ...Array.from({ length: 5000 }, (_, line) => `${time} line ${line}\n`),
        '... 3 lines came faster than they could be written ...\n',
      ].join(''),
    );
  });

  it('has its lines in segments that are full to the byte, of which the first and the newest are kept', async () => {
    const folder = await temporaryFolder();
    const { log } = await logIn(folder, 4 * 64);
    log.write([0, 1, 2, 3, 4].map(lineOf).join('\n'));
    await log.settled();
    for (const [segment, indices] of [[0, 1], [2, 3], [4]].entries())
      expect(await readFile(join(folder, `log-${segment}.txt`), 'utf8')).toBe(textOf(...indices));
    for (let index = 5; index < 24; index += 1) {
      log.write(lineOf(index));
      await log.settled();
    }
    const files = [0, 9, 10, 11].map((segment) => `log-${segment}.txt`);
    expect((await readdir(folder)).toSorted()).toEqual(files.toSorted());
    const later = await logIn(folder, 4 * 64);
    later.log.write(lineOf(24));
    const text = await later.log.read();
    expect(text.startsWith(textOf(0, 1))).toBe(true);
    expect(text.endsWith(` ...\n${textOf(20, 21, 22, 23, 24)}`)).toBe(true);
  });

  it('passes over a segment that cannot be read, and says that it is missing', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'log-0.txt'), 'first\n');
    await mkdir(join(folder, 'log-1.txt'));
    await writeFile(join(folder, 'log-2.txt'), 'last\n');
    const { log } = await logIn(folder);
    expect(await log.read()).toMatch(/^first\n\.\.\. .* not kept.*\nlast\n$/);
  });

  it('goes with its folder, without a word', async () => {
    const { log, problems } = await logIn(join(await temporaryFolder(), 'gone'));
    log.write('lost');
    expect(await log.read()).toBe('');
    expect(problems).toEqual([]);
  });

  it('that cannot be written is told once, and nobody has to wait for it', async () => {
    const folder = join(await temporaryFolder(), 'file');
    await writeFile(folder, '');
    const { log, problems } = await logIn(folder);
    log.write('lost');
    await log.settled();
    log.write('lost, too');
    await log.settled();
    expect(problems).toEqual([expect.stringContaining('could not be written')]);
    await rm(folder);
    await mkdir(folder);
    log.write('kept');
    expect(await log.read()).toBe(`${time} kept\n`);
  });
});

describe('in its queue', () => {
  it('a job has its states, attempts and events in its log, and keeps them over restarts', async () => {
    const { open } = await jobBench();
    const before = await open();
    const { job } = await before.queue.submit('train', farRequest);
    const first = await before.trainer.next();
    first.tell({ type: 'stage', stage: 'reading' });
    first.tell({ type: 'progress', epoch: 1, step: 1, steps: 9 });
    first.tell(epochEvent(1));
    first.log('stderr: a warning of the runtime');
    first.end({ type: 'died', reason: 'it was ended by SIGKILL' });
    (await before.trainer.next()).tell({ type: 'note', note: 'look here' });
    const closed = before.queue.close();
    before.trainer.started[1]!.end({ type: 'interrupted' });
    await closed;
    const after = await open();
    (await after.trainer.next()).end(succeeded);
    await vi.waitFor(() => expect(after.queue.get(job.id).state).toBe('succeeded'));
    const lines = (await after.queue.logs(job.id)).trimEnd().split('\n');
    expect(lines.map((line) => line.replace(/^[-\d]+T[\d:.]+Z /, ''))).toEqual([
      'state: queued',
      'state: running',
      'attempt 1 starts',
      'stage: reading',
      'epoch 1: loss 1.0000, accuracy 0.5000, 0.10 s',
      'stderr: a warning of the runtime',
      'attempt 1 ended: died: it was ended by SIGKILL',
      'state: queued',
      'state: running',
      'attempt 2 starts',
      'note: look here',
      'attempt 2 ended: interrupted',
      'state: interrupted',
      'state: queued',
      'state: running',
      'attempt 2 starts',
      'attempt 2 ended: succeeded',
      'state: succeeded, version 7',
    ]);
    expect((await after.queue.logs(job.id, { lastLines: 1 })).split(' ').slice(1).join(' ')).toBe(
      'state: succeeded, version 7\n',
    );
    await expect(after.queue.logs('none')).rejects.toMatchObject({ code: 'GLIMPSE_JOB_NOT_FOUND' });
  });
});
