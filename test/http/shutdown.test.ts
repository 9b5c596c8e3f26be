import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import request from 'supertest';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { openRepository } from '../../src/compose/open.ts';
import { startServerProcess, type ServerProcess } from '../support/server-process.ts';
import { slowModel } from '../support/tiny-onnx.ts';
import { tinyDraft, tinyPixels, tinyPng } from '../support/tiny-version.ts';

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

async function launch(settings: Record<string, string> = {}, slow = false) {
  const folder = await mkdtemp(join(tmpdir(), 'glimpse-process-'));
  folders.push(folder);
  const env = {
    GLIMPSE_HOST: '127.0.0.1',
    GLIMPSE_PORT: '0',
    GLIMPSE_REPOSITORY: join(folder, 'models'),
    GLIMPSE_DATA_DIR: join(folder, 'data'),
    GLIMPSE_MAX_BATCH_SIZE: '8',
    GLIMPSE_CANONICALISE_THREADS: '1',
    ...settings,
  };
  const repository = openRepository(readConfig(env));
  await repository.publish(await tinyDraft());
  if (slow) await repository.publish(await tinyDraft({ model: 'slow', onnx: slowModel(60) }));
  await repository.close();
  const server = startServerProcess(env);
  processes.push(server);
  return { ...server, env };
}

async function start(settings: Record<string, string> = {}, slow = false) {
  const server = await launch(settings, slow);
  const up = await server.line(({ msg }) => msg === 'Glimpse is up');
  return { ...server, url: String(up['url']).replace('localhost', '127.0.0.1'), up };
}

describe('the server process', () => {
  it.each([
    ['a thread', '*'],
    ['a cell', 'none'],
  ])(
    'ends with 0 when it is stopped while it opens a model in %s, and is not told to be up',
    async (_, trusted) => {
      const server = await launch({ GLIMPSE_TRUSTED_MODELS: trusted });
      const { child, lines, ended } = server;
      await server.line(({ msg }) => String(msg).startsWith('listening on'));
      child.kill('SIGINT');
      expect(await ended).toBe(0);
      const said = lines.map(({ msg }) => msg);
      expect(said).toEqual(expect.arrayContaining(['shutting down', 'bye']));
      expect(JSON.stringify(lines)).not.toContain('localhost:undefined');
      expect(said).not.toContain('Glimpse is up');
    },
  );

  it('says where it listens, fails /readyz first on SIGTERM while it still answers, and ends with 0', async () => {
    const server = await start({ GLIMPSE_PROT: '1', GLIMPSE_DRAIN_DELAY_MS: '3000' });
    const { url, child, ended, up } = server;
    expect(up).toMatchObject({
      ready: true,
      url: expect.stringMatching(/^http:\/\/localhost:\d+$/),
      curl: expect.stringMatching(/^curl -F image=@\S+ http:\/\/localhost:\d+\/predict$/),
    });
    expect(server.lines.map(({ msg }) => msg)).toContain(
      'GLIMPSE_PROT is no setting of Glimpse and is ignored; did you mean GLIMPSE_PORT?',
    );
    await request(url).get('/readyz').expect(200);
    child.kill('SIGTERM');
    await server.line(({ msg }) => msg === 'shutting down');
    const { body } = await request(url).get('/readyz').expect(503);
    expect(body.reasons[0]).toContain('shutting down');
    await request(url).get('/livez').expect(200);
    const answer = await request(url)
      .post('/predict')
      .send({ instances: [tinyPixels.dark] })
      .expect(200);
    expect(answer.headers['connection']).toBe('close');
    expect(await ended).toBe(0);
    expect(server.lines.at(-1)).toMatchObject({ msg: 'bye' });
  });

  it('answers everything it is asked until it has said goodbye, under load, and exits with 0', async () => {
    const { url, child, ended } = await start({ GLIMPSE_DRAIN_DELAY_MS: '3000' }, true);
    const png = await tinyPng('left');
    const agent = new Agent({ keepAlive: true, maxSockets: 12 });
    const outcomes: (number | string)[] = [];
    /** Like a load balancer, it goes on until an answer asks it to go elsewhere. */
    const worker = async (path: string): Promise<void> => {
      for (let isAsked = true; isAsked;) {
        const answer = await request(url)
          .post(path)
          .agent(agent)
          .set('connection', 'keep-alive')
          .set('content-type', 'image/png')
          .send(png)
          .catch((error: { code?: string }) => ({
            status: error.code ?? 'lost',
            headers: {} as Record<string, string>,
          }));
        outcomes.push(answer.status);
        isAsked = answer.status === 200 && answer.headers['connection'] !== 'close';
      }
    };
    const workers = Array.from({ length: 12 }, (_, i) =>
      worker(i % 3 === 0 ? '/models/slow/predict' : '/predict'),
    );
    await expect.poll(() => outcomes.length, { timeout: 60_000 }).toBeGreaterThan(50);
    child.kill('SIGTERM');
    await Promise.all(workers);
    agent.destroy();
    expect(await ended).toBe(0);
    expect(outcomes.filter((outcome) => outcome !== 200)).toEqual([]);
  });

  it('does not wait on Ctrl-C, but answers what is in flight', async () => {
    const settings = { GLIMPSE_DRAIN_DELAY_MS: '100000' };
    const { url, child, ended, lines } = await start(settings, true);
    const instances = Array.from({ length: 200 }, () => tinyPixels.dark);
    const calls = Array.from({ length: 4 }, () =>
      request(url).post('/models/slow/predict').send({ instances }),
    );
    const answers = Promise.all(calls);
    // All four have arrived when the metrics say so, which count the asking too.
    const inFlight = async (): Promise<string> => (await request(url).get('/metrics')).text;
    await expect.poll(inFlight, { timeout: 60_000 }).toMatch(/requests_in_flight 5/);
    child.kill('SIGINT');
    expect((await answers).map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(await ended).toBe(0);
    const said = lines.map((line) => line['msg']);
    expect(said.filter((msg) => msg === 'answered')).toHaveLength(4);
    expect(said).toContain('bye');
  });

  it('kills itself when the grace period is over and somebody still holds it up', async () => {
    const { url, child, ended } = await start({
      GLIMPSE_DRAIN_DELAY_MS: '60000',
      GLIMPSE_SHUTDOWN_GRACE_MS: '300',
    });
    await request(url).get('/livez').expect(200);
    child.kill('SIGTERM');
    expect(await ended).toBe('SIGKILL');
  });
});

/** Without waiting for it to be up. */
const tryStart = async (env: Record<string, string>): Promise<ServerProcess> => {
  const folder = await mkdtemp(join(tmpdir(), 'glimpse-process-'));
  folders.push(folder);
  const server = startServerProcess({ GLIMPSE_DATA_DIR: folder, ...env });
  processes.push(server);
  return server;
};

describe('a server that cannot start', () => {
  it('says in one sentence that its port is taken', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    const server = await tryStart({ GLIMPSE_HOST: '127.0.0.1', GLIMPSE_PORT: String(port) });
    expect(await server.ended).toBe(1);
    expect(server.lines.at(-1)?.['msg']).toContain(`Port ${port} on 127.0.0.1 is in use already.`);
    other.close();
  });

  it('ends and takes over no job, although another server works on those of its data folder', async () => {
    const { url, env } = await start();
    const server = await tryStart({ ...env, GLIMPSE_TLS_CERT: '/nowhere.pem' });
    expect(await server.ended).toBe(1);
    const said = server.lines.map((line) => String(line['stderr'] ?? line['msg'])).join('');
    expect(said).toContain('GLIMPSE_TLS_KEY');
    expect(said).not.toMatch(/takes jobs|\n +at /);
    await request(url).get('/livez').expect(200);
  });

  it('names the setting that does not fit', async () => {
    const server = await tryStart({ GLIMPSE_PORT: 'http' });
    expect(await server.ended).toBe(1);
    expect(String(server.lines.at(-1)?.['stderr'])).toContain('GLIMPSE_PORT=http does not fit');
  });
});
