import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createClient, errors, GlimpseJobFailed } from '../../src/client/exported.ts';
import { closeServers, openServer } from '../support/server.ts';
import { bars, tinyRequest } from '../training/tiny-run.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

let client: ReturnType<typeof createClient>;
beforeAll(async () => {
  const { url } = await openServer({
    env: { GLIMPSE_DEFAULT_MODEL: 'bars' },
    versions: [],
    beforeStart: async (folder) => {
      await mkdir(join(folder, 'datasets'));
      await writeFile(join(folder, 'datasets', 'bars.csv'), bars(120));
    },
  });
  client = createClient({ url });
});
afterAll(closeServers);

const ranges = {
  'optimizer.learningRate': { type: 'log-uniform', from: 0.0005, to: 0.05 },
} as const;

describe('a client that searches for hyperparameters', () => {
  it('is told of every trial as it begins and ends, and has the winner when it has waited', async () => {
    const search = await client.search({
      train: { ...tinyRequest, epochs: 2 },
      ranges,
      trials: 2,
      publishWinner: false,
    });
    expect(search).toMatchObject({ kind: 'search', request: { method: 'random', trials: 2 } });
    const told: string[] = [];
    for await (const event of client.events(search.id)) {
      if (event.type === 'trial') told.push(`${event.data.trial.trial} ${event.data.trial.state}`);
    }
    expect(told.filter((each) => each.endsWith('succeeded'))).toEqual([
      '1 succeeded',
      '2 succeeded',
    ]);
    expect(told).toContain('2 running');
    const { trials = [], winner } = await client.wait(search.id);
    expect(trials.map(({ state }) => state)).toEqual(['succeeded', 'succeeded']);
    const best = trials.find(({ trial }) => trial === winner?.trial);
    expect(winner).toMatchObject({ parameters: best?.parameters, accuracy: best?.accuracy });
    const epochs: unknown[] = [];
    for await (const { type } of client.events(trials[0]!.job!)) epochs.push(type);
    expect(epochs.filter((type) => type === 'epoch')).toHaveLength(2);
    expect((await client.searches()).map(({ id }) => id)).toEqual([search.id]);
  });

  it('cancels one, and fails where it waits for that', async () => {
    const { id } = await client.search({ train: { ...tinyRequest, epochs: 10_000 }, ranges });
    const waiting = client.wait(id).catch((caught: unknown) => caught);
    for await (const event of client.events(id)) {
      if (event.type === 'trial') break;
    }
    await client.call('cancelSearch', { path: { id } });
    const error = await waiting;
    expect(error).toBeInstanceOf(GlimpseJobFailed);
    expect(error).toMatchObject({ job: { id, state: 'cancelled' } });
  });

  it('is told what is wrong with a range by the class of its error', async () => {
    const unknown = client.search({
      ranges: { 'optimizer.rate': ranges['optimizer.learningRate'] },
    });
    await expect(unknown).rejects.toBeInstanceOf(errors.GLIMPSE_SEARCH_PARAMETER_UNKNOWN);
  });
});
