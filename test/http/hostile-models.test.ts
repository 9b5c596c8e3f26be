import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import request from 'supertest';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { openRepository } from '../../src/compose/open.ts';
import { readConfig } from '../../src/config.ts';
import type { VersionDraft } from '../../src/repository/repository.ts';
import { hostileModel } from '../support/hostile-onnx.ts';
import { startServerProcess, type ServerProcess } from '../support/server-process.ts';
import { tinyDraft, tinyPixels } from '../support/tiny-version.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

const processes: ServerProcess[] = [];
const folders: string[] = [];
afterEach(async () => {
  for (const { child, ended } of processes.splice(0)) {
    child.kill('SIGKILL');
    await ended;
  }
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

async function start(drafts: readonly VersionDraft[], settings: Record<string, string>) {
  const folder = await mkdtemp(join(tmpdir(), 'glimpse-hostile-'));
  folders.push(folder);
  const env = {
    GLIMPSE_HOST: '127.0.0.1',
    GLIMPSE_PORT: '0',
    GLIMPSE_REPOSITORY: join(folder, 'models'),
    GLIMPSE_DATA_DIR: join(folder, 'data'),
    GLIMPSE_CANONICALISE_THREADS: '1',
    GLIMPSE_DRAIN_DELAY_MS: '0',
    ...settings,
  };
  const repository = openRepository(readConfig(env));
  for (const draft of drafts) await repository.publish(draft);
  await repository.close();
  const server = startServerProcess(env);
  processes.push(server);
  const up = await server.line(({ msg }) => msg === 'Glimpse is up');
  return { ...server, url: String(up['url']).replace('localhost', '127.0.0.1'), up };
}

const ask = (url: string, model: string, image: keyof typeof tinyPixels) =>
  request(url)
    .post(`/models/${model}/predict`)
    .send({ instances: [tinyPixels[image]] });
const loops = hostileModel('bright');

describe('a server with models of strangers that do not come back', () => {
  it('loads the others, answers their callers, costs one caller its request, and ends on SIGTERM', async () => {
    const { url, child, ended, up } = await start(
      [
        await tinyDraft({ model: 'aaa', onnx: hostileModel('always') }),
        await tinyDraft({ model: 'loops', onnx: loops }),
        await tinyDraft(),
        await tinyDraft({ model: 'zzz' }),
      ],
      {
        GLIMPSE_TRUSTED_MODELS: 'digits',
        GLIMPSE_BATCH_TIMEOUT_MS: '1500',
        GLIMPSE_MAX_QUEUE_DELAY_MS: '100',
      },
    );
    expect(up).toMatchObject({ ready: true });
    const { body } = await request(url).get('/models').expect(200);
    const versions = Object.fromEntries(
      body.models.map((one: { model: string; versions: object[] }) => [one.model, one.versions[0]]),
    );
    expect(versions).toMatchObject({
      aaa: { state: 'UNAVAILABLE', reason: { code: 'GLIMPSE_MODEL_TIMEOUT' } },
      // Inline, unless the machine was too busy when it was measured; trusted in any case.
      digits: { state: 'READY', place: expect.stringMatching(/^(inline|worker)$/) as string },
      loops: { state: 'READY', place: 'cell' },
      zzz: { state: 'READY', place: 'cell' },
    });

    const over = new AbortController();
    const poison = ask(url, 'loops', 'bright').then((answer) => {
      over.abort();
      return answer;
    });
    const sharers = Promise.all([1, 2, 3].map(() => ask(url, 'loops', 'dark')));
    let alive = 0;
    while (!over.signal.aborted) {
      await request(url).get('/livez').expect(200);
      await ask(url, 'digits', 'dark').expect(200);
      await ask(url, 'zzz', 'bright').expect(200);
      alive += 1;
    }
    expect(alive).toBeGreaterThan(3);
    const { status, body: refusal } = await poison;
    expect([status, refusal.error.code]).toEqual([504, 'GLIMPSE_MODEL_TIMEOUT']);
    for (const answer of await sharers) {
      expect(answer.status).toBe(200);
      expect(answer.body.predictions[0].label).toBe('dark');
    }
    const { text } = await request(url).get('/metrics');
    expect(text).toMatch(/glimpse_cell_deaths_total\{model="loops",reason="timeout"\} [12]\n/);
    expect(text).toContain('glimpse_cell_deaths_total{model="aaa",reason="timeout"} 1\n');
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
  });
});

describe('a server with a trusted model that does not come back', () => {
  const inThread = { GLIMPSE_TRUSTED_MODELS: '*', GLIMPSE_INLINE_BUDGET_MS: '0' };

  it('says that its thread is stuck, refuses its callers at once, and kills itself to end', async () => {
    const { url, child, ended, lines } = await start([await tinyDraft({ onnx: loops })], {
      ...inThread,
      GLIMPSE_BATCH_TIMEOUT_MS: '1500',
    });
    const { body } = await ask(url, 'digits', 'bright').expect(504);
    expect(body.error.code).toBe('GLIMPSE_MODEL_TIMEOUT');
    const next = await ask(url, 'digits', 'dark').expect(503);
    expect(next.body.error.message).toContain('a thread cannot be ended inside of its model');
    const { body: readiness } = await request(url).get('/readyz').expect(503);
    expect(readiness.reasons.join()).toContain('a batch has been running for more than 1500 ms');
    await request(url).get('/livez').expect(200);
    child.kill('SIGTERM');
    expect(await ended).toBe('SIGKILL');
    const said = lines.map(({ msg }) => msg);
    expect(said).toContain('killed: a thread does not come back from its model');
  });

  it('ends by the grace of its shutdown while the batch runs', async () => {
    const { url, child, ended, lines } = await start([await tinyDraft({ onnx: loops })], {
      ...inThread,
      GLIMPSE_SHUTDOWN_GRACE_MS: '1000',
    });
    const lost = ask(url, 'digits', 'bright').then(
      () => 'answered',
      () => 'lost',
    );
    const inFlight = async (): Promise<string> => (await request(url).get('/metrics')).text;
    await expect.poll(inFlight).toMatch(/requests_in_flight 2/);
    child.kill('SIGTERM');
    expect(await ended).toBe('SIGKILL');
    expect(await lost).toBe('lost');
    expect(String(lines.at(-1)?.['msg'])).toContain('GLIMPSE_SHUTDOWN_GRACE_MS');
  });
});
