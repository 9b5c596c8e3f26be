import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { farRequest, jobBench } from './job-bench.ts';

const conflict = { code: 'GLIMPSE_IDEMPOTENCY_CONFLICT' };

/** A queue, and a submission with a key of uploads that are told by their names and texts. */
async function keyedBench() {
  const { folder, open } = await jobBench();
  const { queue } = await open();
  const submit = async (files: Record<string, string>) => {
    const uploads = [];
    for (const [name, text] of Object.entries(files)) {
      const file = join(folder, `part-${name}`);
      await writeFile(file, text);
      uploads.push({ part: 'file', name, file });
    }
    return queue.submit('train', { model: 'bars' }, { idempotencyKey: 'k', uploads });
  };
  return { queue, submit };
}

describe('an idempotency key', () => {
  it('is refused for another request, or for another kind of job', async () => {
    const { queue } = await keyedBench();
    const idempotencyKey = 'k';
    await queue.submit('train', farRequest, { idempotencyKey });
    await expect(
      queue.submit('train', { ...farRequest, seed: 2 }, { idempotencyKey }),
    ).rejects.toMatchObject(conflict);
    await expect(queue.submit('evaluate', farRequest, { idempotencyKey })).rejects.toMatchObject(
      conflict,
    );
  });

  it('finds its own job among others, with other keys and without', async () => {
    const { queue } = await keyedBench();
    await queue.submit('train', { ...farRequest, seed: 1 });
    await queue.submit('train', { ...farRequest, seed: 2 }, { idempotencyKey: 'first' });
    const { job } = await queue.submit('train', farRequest, { idempotencyKey: 'second' });
    const again = await queue.submit('train', farRequest, { idempotencyKey: 'second' });
    expect(again).toMatchObject({ created: false, job: { id: job.id } });
  });

  it('covers the names and the bytes of all uploads', async () => {
    const { submit } = await keyedBench();
    const files = { 'a.csv': 'a,1\n', 'b.csv': 'b,1\n' };
    expect((await submit(files)).created).toBe(true);
    expect((await submit(files)).created).toBe(false);
    for (const other of [
      { 'a.csv': 'a,1\n', 'b.csv': 'c,1\n' },
      { 'a.csv': 'a,1\n', 'c.csv': 'b,1\n' },
      { 'a.csv': 'a,1\n' },
    ])
      await expect(submit(other)).rejects.toMatchObject(conflict);
  });
});
