import { access, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { JobRecord } from '../../src/jobs/record.ts';
import { startCli } from '../support/cli.ts';
import { startServerProcess } from '../support/server-process.ts';
import { shippedModels } from '../support/shipped-models.ts';
import { temporaryFolder } from '../datasets/dataset-files.ts';

/** When the parts were written that are noted to be whole. */
async function writtenAt(out: string): Promise<Record<string, number>> {
  const all = await readdir(join(out, '_parts'));
  const notes = all.filter((name) => name.startsWith('part-'));
  const parts = notes.map((note) => note.replace(/\.json$/, ''));
  const times = parts.map(async (part) => [part, (await stat(join(out, part))).mtimeMs] as const);
  return Object.fromEntries(await Promise.all(times));
}

const untilPart = (out: string, index: number) =>
  vi.waitFor(() => access(join(out, `_parts/part-00000${index}.ndjson.json`)), {
    timeout: 30_000,
    interval: 1,
  });

describe('a batch prediction that is killed with -9', { timeout: 60_000 }, () => {
  it('goes on behind its last whole part when the command is given again, and ends with the same bytes', async () => {
    const [folder, models] = [await temporaryFolder(), await shippedModels()];
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
        { env: { GLIMPSE_REPOSITORY: models, GLIMPSE_DATA_DIR: join(folder, 'data') } },
      );
    const out = join(folder, 'killed');
    const killed = start('killed');
    await untilPart(out, 2);
    killed.child.kill('SIGKILL');
    expect((await killed.result).code).toBeNull();
    const before = await writtenAt(out);
    await expect(access(join(out, '_manifest.json'))).rejects.toThrow('ENOENT');

    const again = await start('killed').result;
    expect(again).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('2000 rows') as string,
    });
    expect(await writtenAt(out)).toMatchObject(before);

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

  it('as a job goes on by itself when its server is back', async () => {
    const [folder, models] = [await temporaryFolder(), await shippedModels()];
    const out = join(folder, 'out');
    const startServer = async () => {
      const server = startServerProcess({
        GLIMPSE_HOST: '127.0.0.1',
        GLIMPSE_PORT: '0',
        GLIMPSE_REPOSITORY: models,
        GLIMPSE_DATA_DIR: join(folder, 'data'),
        GLIMPSE_DATASET_ROOT: folder,
        GLIMPSE_DRAIN_DELAY_MS: '0',
      });
      onTestFinished(() => void server.child.kill('SIGKILL'));
      const { url } = await server.line((line) => typeof line['url'] === 'string');
      return { ...server, url: String(url) };
    };
    const first = await startServer();
    const response = await fetch(`${first.url}/predict-jobs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ dataset: { uri: 'sample:train' }, out: 'out', rowsPerPart: 20 }),
    });
    expect(response.status).toBe(202);
    const { id } = (await response.json()) as JobRecord;
    await untilPart(out, 1);
    first.child.kill('SIGKILL');
    await first.ended;
    await expect(access(join(out, '_manifest.json'))).rejects.toThrow('ENOENT');
    const before = await writtenAt(out);

    const { url, child } = await startServer();
    const job = async () => (await (await fetch(`${url}/train/${id}`)).json()) as JobRecord;
    await vi.waitFor(async () => expect((await job()).state).toBe('succeeded'), {
      timeout: 30_000,
      interval: 100,
    });
    const { attempts, progress, predicted } = await job();
    expect({ attempts, predicted }).toMatchObject({ attempts: 2, predicted: { rows: 2000 } });
    expect(progress!.resumed).toBeGreaterThanOrEqual(40);
    expect(await writtenAt(out)).toMatchObject(before);
    child.kill('SIGTERM');
  });
});
