import { readFileSync } from 'node:fs';
import { once } from 'node:events';
import { Agent, request, type IncomingHttpHeaders } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startServerProcess, type ServerProcess } from '../support/server-process.ts';
import { shippedModels } from '../support/shipped-models.ts';
import { createKey } from '../../src/access/api-key.ts';
import { changeKeyFile } from '../../src/access/key-file.ts';
import { createRepository } from '../../src/repository/model-repository.ts';
import { createDiskStore } from '../../src/repository/stores/disk/disk-store.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { tinyDraft, tinyPng } from '../support/tiny-version.ts';

const left = await tinyPng('left');
const samples = join(import.meta.dirname, '..', '..', 'samples', 'golden');
const seven = readFileSync(join(samples, '7.png'));
let models = '';
beforeAll(async () => {
  models = await shippedModels();
});
const patience = 60_000;

interface Running {
  readonly server: ServerProcess;
  readonly url: string;
  /** Of the processes that serve now, by their number. */
  readonly pids: () => Map<number, number>;
}

async function start(count: number, env: Record<string, string> = {}): Promise<Running> {
  const server = startServerProcess({
    GLIMPSE_HOST: '127.0.0.1',
    GLIMPSE_PORT: '0',
    GLIMPSE_PROCESSES: String(count),
    GLIMPSE_REPOSITORY: models,
    GLIMPSE_DATA_DIR: await temporaryFolder(),
    GLIMPSE_DRAIN_DELAY_MS: '300',
    ...env,
  });
  const up = await server.line(({ msg }) => msg === 'Glimpse is up');
  const pids = (): Map<number, number> =>
    new Map(
      server.lines
        .filter(({ started }) => typeof started === 'number')
        .map((line) => [Number(line['process']), Number(line['started'])]),
    );
  await until(() => pids().size === count);
  return { server, url: String(up['url']).replace('localhost', '127.0.0.1'), pids };
}

/** Waits until something holds; the test itself says when that is too late. */
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await delay(20);
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

const nothing: Buffer = Buffer.alloc(0);

/** Each call on a connection of its own, so that every process gets its turn. */
function call(
  url: string,
  {
    method = 'GET',
    type = '',
    body = nothing,
    key = '',
    agent = undefined as Agent | undefined,
  } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = {
      ...(type && { 'content-type': type, 'content-length': body.length }),
      ...(key && { 'x-api-key': key }),
    };
    const sent = request(url, { method, agent: agent ?? false, headers }, (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.once('error', reject);
      response.once('end', () => {
        const text = Buffer.concat(pieces).toString();
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
      });
    });
    sent.once('error', reject);
    sent.end(body);
  });
}

const send = (url: string, method: string, content: object) =>
  call(url, { method, type: 'application/json', body: Buffer.from(JSON.stringify(content)) });

async function predict(url: string) {
  const answer = await call(`${url}/predict`, { method: 'POST', type: 'image/png', body: seven });
  const { predictions } = JSON.parse(answer.text) as { predictions?: { label: string }[] };
  const id = String(answer.headers['glimpse-prediction-id']);
  return { status: answer.status, label: predictions?.[0]?.label, id };
}

async function metric(url: string, name: string): Promise<number> {
  const text = (await call(`${url}/metrics`)).text;
  const lines = text.split('\n').filter((line) => line.startsWith(name));
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
}

describe('a server of three processes', { timeout: patience }, () => {
  let running: Running;
  beforeAll(async () => {
    running = await start(3);
  }, patience);
  afterAll(async () => {
    running.server.child.kill('SIGKILL');
    await running.server.ended;
  });

  it('answers predictions by all of them, and counts them as one server', async () => {
    const { url, server } = running;
    const by = () => server.lines.filter(({ route }) => route === '/predict');
    let sent = 0;
    // Whoever of them is awake first may take all connections that wait, so that one turn says nothing.
    while (new Set(by().map((line) => line['process'])).size < 2) {
      const answers = await Promise.all(Array.from({ length: 12 }, () => predict(url)));
      expect(answers.map(({ status, label }) => `${status} ${label}`)).toEqual(
        Array.from({ length: 12 }, () => '200 7'),
      );
      sent += 12;
      await until(() => by().length === sent);
    }
    expect(await metric(url, 'glimpse_http_requests_total{route="/predict"')).toBe(sent);
    expect(await metric(url, 'glimpse_images_total')).toBe(sent);
    expect(await metric(url, 'glimpse_processes ')).toBe(3);
    expect(await metric(url, 'glimpse_version_state')).toBe(1);
  });

  it('has the calls of management answered by its first process, whichever gets them', async () => {
    const { url, server } = running;
    const answers = await Promise.all(
      Array.from({ length: 9 }, () => call(`${url}/models/digits`)),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(9).fill(200));
    const lines = () => server.lines.filter(({ path }) => path === '/models/digits');
    await until(() => lines().length === 9);
    expect(lines().map((line) => line['process'])).toEqual(Array(9).fill(0));
    const unknown = await call(`${url}/nothing`);
    expect(unknown.status).toBe(404);
    expect(JSON.parse(unknown.text)).toMatchObject({ error: { code: 'GLIMPSE_ROUTE_NOT_FOUND' } });
  });

  it('finds every prediction by its id, whichever process has answered it', async () => {
    const { url } = running;
    const ids = (await Promise.all(Array.from({ length: 6 }, () => predict(url)))).map(
      ({ id }) => id,
    );
    await delay(200);
    const answers = await Promise.all(
      ids.map((id) => send(`${url}/feedback`, 'POST', { id, class: '7' })),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(6).fill(200));
  });

  it('goes on when one is killed, and starts it again', async () => {
    const { url, pids } = running;
    const killed = pids().get(2)!;
    process.kill(killed, 'SIGKILL');
    await until(() => pids().get(2) !== killed);
    const answers = await Promise.all(Array.from({ length: 12 }, () => predict(url)));
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    expect(await metric(url, 'glimpse_process_deaths_total ')).toBe(1);
    expect(await metric(url, 'glimpse_processes ')).toBe(3);
  });

  it('answers predictions until its first process is back and has loaded, and refuses the rest until it is back', async () => {
    const { url, pids, server } = running;
    const ups = () => server.lines.filter(({ msg }) => msg === 'Glimpse is up').length;
    const [killed, before] = [pids().get(0)!, ups()];
    process.kill(killed, 'SIGKILL');
    const statuses = new Set<number>();
    while (pids().get(0) === killed || ups() === before) {
      const [prediction, models] = await Promise.all([predict(url), call(`${url}/models`)]);
      expect(prediction).toMatchObject({ status: 200, label: '7' });
      statuses.add(models.status);
    }
    expect([...statuses].every((status) => status === 503 || status === 200)).toBe(true);
    expect(statuses).toContain(503);
    await until(async () => (await call(`${url}/models/digits`)).status === 200);
    expect(await metric(url, 'glimpse_process_deaths_total ')).toBe(2);
  });
});

/** Two versions that answer the same image otherwise, production being the first; and a key for everything, and one with a budget. */
async function site() {
  const folder = await temporaryFolder();
  const repository = createRepository({
    store: createDiskStore({ root: join(folder, 'models') }),
    cacheDir: join(folder, 'cache'),
    maxArtifactBytes: 1024 * 1024,
  });
  await repository.publish(await tinyDraft({ label: 'production' }));
  await repository.publish(await tinyDraft({ shift: 1 }));
  await repository.close();
  const keysFile = join(folder, 'keys.json');
  const draft = { models: ['*'], scopes: ['admin' as const] };
  const admin = createKey({ ...draft, name: 'admin' }, new Date());
  const slow = createKey({ ...draft, name: 'slow', budget: { requestsPerMinute: 5 } }, new Date());
  await changeKeyFile(keysFile, () => [admin.stored, slow.stored]);
  const env = { GLIMPSE_REPOSITORY: join(folder, 'models'), GLIMPSE_KEYS_FILE: keysFile };
  return { env, admin: admin.text, slow: slow.text };
}

describe('a server of two processes', { timeout: patience }, () => {
  it('lets no caller spend more than one budget, whichever processes it meets', async () => {
    const { env, slow } = await site();
    const { url, server } = await start(2, env);
    const ask = () =>
      call(`${url}/predict`, { method: 'POST', type: 'image/png', body: left, key: slow });
    const statuses: number[] = [];
    for (let turn = 0; turn < 8; turn += 1) statuses.push((await ask()).status);
    expect(statuses).toEqual([200, 200, 200, 200, 200, 429, 429, 429]);
    server.child.kill('SIGTERM');
    expect(await server.ended).toBe(0);
  });

  it('answers by another version everywhere, once the call that moved the label is answered', async () => {
    const { env, admin } = await site();
    const { url, server } = await start(2, { ...env, GLIMPSE_POLL_INTERVAL_MS: '600000' });
    const versions = async () => {
      const answers = await Promise.all(
        Array.from({ length: 10 }, () =>
          call(`${url}/predict`, { method: 'POST', type: 'image/png', body: left, key: admin }),
        ),
      );
      return new Set(answers.map(({ text }) => (JSON.parse(text) as { version: number }).version));
    };
    expect(await versions()).toEqual(new Set([1]));
    const moved = await call(`${url}/models/digits/labels/production`, {
      method: 'PUT',
      type: 'application/json',
      body: Buffer.from('{"version":2}'),
      key: admin,
    });
    expect(moved.status).toBe(200);
    expect(await versions()).toEqual(new Set([2]));
    server.child.kill('SIGKILL');
  });

  it('loses no request while it stops, one process after the other', async () => {
    const { env, admin } = await site();
    const { url, server } = await start(2, env);
    const answers: number[] = [];
    const failures: { readonly at: number; readonly why: string }[] = [];
    const agent = new Agent({ keepAlive: true, maxSockets: 8 });
    const over = new AbortController();
    const ask = { method: 'POST', type: 'image/png', body: left, key: admin, agent };
    const client = async () => {
      while (!over.signal.aborted) {
        await call(`${url}/predict`, ask).then(
          ({ status }) => answers.push(status),
          (error: unknown) => failures.push({ at: Date.now(), why: String(error) }),
        );
      }
    };
    const clients = Array.from({ length: 8 }, client);
    await until(() => answers.length > 50);
    server.child.kill('SIGTERM');
    expect(await server.ended).toBe(0);
    over.abort();
    await Promise.all(clients);
    expect(answers.filter((status) => status !== 200)).toEqual([]);
    // The last process closes the port, and what the system has not handed to it was not accepted.
    const closing = server.lines.find(
      (line) => line['process'] === 0 && line.msg === 'shutting down',
    );
    expect(failures.filter(({ at }) => at < Number(closing?.['time']))).toEqual([]);
    const ends = server.lines.filter(({ msg }) => msg === 'bye').map((line) => line['process']);
    expect(ends).toEqual([1, 0, undefined]);
  });

  it('ends with the reason, as one process does, when its port is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const server = startServerProcess({
      GLIMPSE_HOST: '127.0.0.1',
      GLIMPSE_PORT: String(port),
      GLIMPSE_PROCESSES: '2',
      GLIMPSE_REPOSITORY: models,
      GLIMPSE_DATA_DIR: await temporaryFolder(),
    });
    expect(await server.ended).toBe(1);
    expect(server.lines.map(({ msg }) => msg)).toContainEqual(
      expect.stringContaining(`Port ${port} on 127.0.0.1 is in use already.`),
    );
    taken.close();
  });
});
