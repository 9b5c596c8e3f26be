import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { isRecord } from '../../src/json.ts';
import { temporaryFolder } from '../datasets/dataset-files.ts';
import { runCli } from '../support/cli.ts';
import { startServerProcess } from '../support/server-process.ts';
import { bars, tinyRequest } from '../training/tiny-run.ts';

const patience = { timeout: 90_000, interval: 100 };

/** A folder with bars.csv, on which several real servers are started. */
async function site() {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'datasets'));
  await writeFile(join(folder, 'datasets', 'bars.csv'), bars(120));
  const env = {
    GLIMPSE_HOST: '127.0.0.1',
    GLIMPSE_PORT: '0',
    GLIMPSE_REPOSITORY: join(folder, 'models'),
    GLIMPSE_DATA_DIR: join(folder, 'data'),
    GLIMPSE_DATASET_ROOT: join(folder, 'datasets'),
    GLIMPSE_CHECKPOINT_INTERVAL_MS: '50',
    GLIMPSE_DRAIN_DELAY_MS: '0',
    GLIMPSE_CANONICALISE_THREADS: '1',
  };
  const start = async () => {
    const server = startServerProcess(env);
    onTestFinished(() => void server.child.kill('SIGKILL'));
    const url = String((await server.line((line) => typeof line['url'] === 'string'))['url']);
    const call = async (path: string, body?: object) => {
      const json = { method: 'POST', headers: { 'content-type': 'application/json' } };
      const init = body && { ...json, body: JSON.stringify(body) };
      const answer = await fetch(`${url}${path}`, init ?? {});
      const given: unknown = await answer.json();
      return { status: answer.status, body: isRecord(given) ? given : {} };
    };
    return { ...server, call, pid: server.child.pid };
  };
  return { folder, env, start };
}

describe('two servers on one data folder', { timeout: 240_000 }, () => {
  it('work on its jobs one after the other, and the second says whom it waits for', async () => {
    const { folder, env, start } = await site();
    const first = await start();
    expect(first.lines).toContainEqual(
      expect.objectContaining({
        msg: 'there is no model yet: train one, or publish one with glimpse publish',
        next: expect.stringMatching(/^curl -X POST http:\/\/localhost:\d+\/train -H .* -d '{}'$/),
      }),
    );
    const made = await first.call('/train', { ...tinyRequest, epochs: 1500 });
    expect(made.status).toBe(202);
    const id = String(made.body['id']);

    const second = await start();
    const sentence = `This server takes no jobs, because another one works on those of its data folder (GLIMPSE_DATA_DIR): process ${first.pid}. It takes over when that one ends.`;
    expect((await second.call('/readyz')).body['reasons']).toContain(sentence);
    expect(second.lines.map(({ msg }) => msg)).toContain(sentence);
    for (const refused of [
      await second.call('/train', tinyRequest),
      await second.call('/train'),
      await second.call(`/train/${id}`),
      await second.call(`/train/${id}/logs`),
    ]) {
      expect(refused).toMatchObject({
        status: 503,
        body: { error: { code: 'GLIMPSE_DATA_DIR_IN_USE', message: sentence } },
      });
    }
    expect((await first.call(`/train/${id}`)).body['attempts']).toBe(1);
    // Commands have no part in it.
    const request = { ...tinyRequest, model: 'aside', epochs: 1 };
    await writeFile(join(folder, 'request.json'), JSON.stringify(request));
    const cwd = join(folder, 'datasets');
    const command = ['train', '--request', join(folder, 'request.json')];
    expect(await runCli(command, { env, cwd })).toMatchObject({ code: 0 });

    await vi.waitFor(() => stat(join(folder, 'data', 'jobs', id, 'work', 'checkpoint')), patience);
    first.child.kill('SIGKILL');
    await second.line(({ msg }) => msg === 'this server takes jobs now');
    await vi.waitFor(
      async () => expect((await second.call(`/train/${id}`)).body['state']).toBe('succeeded'),
      patience,
    );
    expect((await second.call(`/train/${id}`)).body).toMatchObject({ attempts: 2, version: 1 });
    expect(await readdir(join(folder, 'models', 'bars'))).not.toContain('2');

    const third = await start();
    expect((await third.call('/readyz')).body['reasons']).toContain(
      sentence.replace(String(first.pid), String(second.pid)),
    );
    second.child.kill('SIGTERM');
    await third.line(({ msg }) => msg === 'this server takes jobs now');
    expect((await third.call(`/train/${id}`)).body['state']).toBe('succeeded');
  });
});
