import { access, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { startCli } from '../support/cli.ts';
import { temporaryFolder } from '../datasets/dataset-files.ts';

describe('a batch prediction that is killed with -9', { timeout: 60_000 }, () => {
  it('goes on behind its last whole part when the command is given again, and ends with the same bytes', async () => {
    const folder = await temporaryFolder();
    const start = (out: string) =>
      startCli(
        [
          'predict',
          'sample:train',
          '--out',
          join(folder, out),
          '--top',
          '1',
          '--rows-per-part',
          '20',
        ],
        { env: { GLIMPSE_DATA_DIR: join(folder, 'data') } },
      );
    const out = join(folder, 'killed');
    const killed = start('killed');
    await vi.waitFor(() => access(join(out, '_parts/part-000002.ndjson.json')), {
      timeout: 30_000,
      interval: 1,
    });
    killed.child.kill('SIGKILL');
    expect((await killed.result).code).toBeNull();
    const whole = (await readdir(join(out, '_parts'))).toSorted();
    await expect(access(join(out, '_manifest.json'))).rejects.toThrow('ENOENT');
    const before = await Promise.all(
      whole.map(async (note) => (await stat(join(out, note.replace(/\.json$/, '')))).mtimeMs),
    );

    const again = await start('killed').result;
    expect(again).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('2000 rows') as string,
    });
    const after = await Promise.all(
      whole.map(async (note) => (await stat(join(out, note.replace(/\.json$/, '')))).mtimeMs),
    );
    expect(after).toEqual(before);

    expect((await start('undisturbed').result).code).toBe(0);
    const read = async (place: string) => {
      const names = (await readdir(join(folder, place))).filter((name) => name.startsWith('part-'));
      const texts = names.toSorted().map((name) => readFile(join(folder, place, name), 'utf8'));
      const manifest = await readFile(join(folder, place, '_manifest.json'), 'utf8');
      const { createdAt: _, ...told } = JSON.parse(manifest) as Record<string, unknown>;
      return { told, texts: await Promise.all(texts) };
    };
    expect(await read('killed')).toEqual(await read('undisturbed'));
  });
});
