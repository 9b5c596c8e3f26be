import { describe, expect, it } from 'vitest';
import { createSpoolFolder } from '../../src/datasets/bytes/spool-folder.ts';
import { planStored } from '../../src/datasets/stored-reading.ts';
import type { DatasetStorage } from '../../src/datasets/places/stored.ts';
import { plainContract } from '../../src/preprocessing/presets.ts';
import { idx, temporaryFolder } from './dataset-files.ts';
import { folderWith } from './pictures.ts';

const preprocessing = plainContract({ width: 2, height: 1, channels: 1 });

/** A stored dataset of three examples, and what was done with its repository. */
async function stored(uri: string, classes?: string[]) {
  const folder = await folderWith({
    'images.idx': idx([3, 1, 2], Uint8Array.of(1, 2, 3, 4, 5, 250)),
    'labels.idx': idx([3], Uint8Array.of(1, 0, 1)),
  });
  const done: string[] = [];
  const repository = {
    datasets: {
      find: async (name: string) => {
        if (name === 'none') throw new Error('there is none');
        return { classes: ['cat', 'dog'], preprocessing, report: {} };
      },
      open: async () => ({ folder, confirm: async () => void done.push('confirm') }),
    },
    close: async () => void done.push('close'),
  } as unknown as DatasetStorage;
  const spool = createSpoolFolder(await temporaryFolder());
  const spec = { uri, ...(classes && { classes }) };
  const plan = planStored(spec, () => repository, { spool, limits: { maxBytes: 99 } });
  return { plan, done };
}

describe('a stored dataset', () => {
  it('is read under the names of its classes, then confirmed and let go of', async () => {
    const { plan, done } = await stored('dataset:x');
    const { reading, confirm, close } = await plan;
    expect(reading).toMatchObject({
      format: 'idx',
      classes: ['cat', 'dog'],
      preprocessing,
      ignored: { count: 0 },
    });
    const rows: unknown[] = [];
    for await (const row of reading.rows)
      rows.push('label' in row && [row.label, Array.from(row.values)]);
    expect(rows).toEqual([
      ['dog', [1, 2]],
      ['cat', [3, 4]],
      ['dog', [5, 250]],
    ]);
    expect(done).toEqual([]);
    await confirm?.();
    await close();
    expect(done).toEqual(['confirm', 'close']);
  });

  it('may be asked for with its classes in another order', async () => {
    const { reading } = await (await stored('dataset:x', ['dog', 'cat'])).plan;
    expect(reading.classes).toEqual(['dog', 'cat']);
  });

  it('that is not there leaves nothing open', async () => {
    const { plan, done } = await stored('dataset:none');
    await expect(plan).rejects.toThrow('there is none');
    expect(done).toEqual(['close']);
  });
});
