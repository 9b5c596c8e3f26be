import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { closeServers, openServer, type TestServer } from '../support/server.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

let server: TestServer;
beforeAll(async () => {
  server = await openServer({
    env: {
      GLIMPSE_TRAIN_BODY_LIMIT_BYTES: '200000',
      GLIMPSE_DEFAULT_MODEL: 'stripes',
      GLIMPSE_TRUSTED_MODELS: '',
    },
    versions: [],
  });
});
afterAll(closeServers);

/** Rows of 3x3 pixels with a bright row or a bright column, as CSV with the label first. */
function stripes(count: number): string {
  const rows = Array.from({ length: count }, (_, i) => {
    const isRow = i % 2 === 0;
    const at = Math.floor(i / 2) % 3;
    const pixels = Array.from({ length: 9 }, (_, p) =>
      (isRow ? Math.floor(p / 3) : p % 3) === at ? 255 - (i % 7) : i % 5,
    );
    return [isRow ? 'row' : 'column', ...pixels].join(',');
  });
  return `label,${Array.from({ length: 9 }, (_, i) => `p${i}`).join(',')}\n${rows.join('\n')}\n`;
}

const settings = {
  model: 'stripes',
  dataset: { format: 'csv', labelColumn: 'label' },
  epochs: 3,
  validationSplit: 0.2,
  testSplit: 0,
  publish: { label: 'production' },
};

const submit = (fields: object = {}) =>
  request(server.url)
    .post('/train')
    .field('request', JSON.stringify({ ...settings, ...fields }))
    .attach('data', Buffer.from(stripes(120)), 'stripes.csv');

const json = (body: unknown) =>
  request(server.url)
    .post('/train')
    .send(body as object);
const post = (type: string, body: string) =>
  request(server.url).post('/train').set('content-type', type).send(body);

const stateOf = async (id: string): Promise<string> =>
  (await request(server.url).get(`/train/${id}`)).body.state;

/** How the job is that was handed in last. */
const newestState = async (): Promise<string> =>
  (await request(server.url).get('/train')).body.jobs[0].state;

async function ended(id: string): Promise<string> {
  await expect
    .poll(() => stateOf(id), { timeout: 90_000, interval: 200 })
    .toMatch(/succeeded|failed|cancelled/);
  return stateOf(id);
}

describe('POST /train', () => {
  it('trains on an uploaded file, publishes, and the server answers with the new version', async () => {
    const { body, headers } = await submit().expect(202);
    expect(headers['location']).toBe(`/train/${body.id}`);
    expect(body).toMatchObject({ state: 'queued', request: { model: 'stripes', epochs: 3 } });
    expect(await ended(body.id)).toBe('succeeded');
    const job = (await request(server.url).get(`/train/${body.id}`)).body;
    expect(job).toMatchObject({
      version: 1,
      dataset: { examples: 120, classes: ['column', 'row'] },
    });
    expect(job.history).toHaveLength(3);
    // Nothing was said of the net.
    expect(job.request).toMatchObject({ architecture: 'auto', asked: { epochs: 3 } });
    expect(job.notes).toContainEqual(expect.stringContaining('"dense" was chosen (auto)'));

    await expect
      .poll(async () => (await request(server.url).get('/readyz')).status, { timeout: 20_000 })
      .toBe(200);
    const answer = await request(server.url)
      .post('/predict')
      .send({ instances: [[255, 255, 255, 0, 0, 0, 0, 0, 0]] })
      .expect(200);
    expect(answer.body).toMatchObject({ model: 'stripes', version: 1 });
    // It trained that version itself, and needs no cell for it.
    const { body: model } = await request(server.url).get('/models/stripes');
    expect(model.versions[0].place).toMatch(/^(inline|worker)$/);
    const { text } = await request(server.url).get('/metrics');
    expect(text).toContain('glimpse_training_jobs{state="succeeded"} 1');
    expect(text).toMatch(/glimpse_training_accuracy{model="stripes",split="validation"} [\d.]+/);
  });

  it('refuses at once what cannot fit in memory, with what would', async () => {
    const shape = { width: 224, height: 224, channels: 3 };
    const dataset = { format: 'images', shape, classes: ['row', 'column'] };
    const { body } = await submit({ dataset, architecture: 'cnn' }).expect(422);
    expect(body.error).toMatchObject({
      code: 'GLIMPSE_TRAINING_TOO_LARGE',
      message: expect.stringMatching(
        /At most a batch of \d+ .*, or images of \d+x\d+ .* would fit/,
      ),
      details: { limitBytes: 2 ** 31 },
    });
    const { largestBatchSize, largestImage } = body.error.details;
    expect(largestBatchSize).toBeGreaterThan(0);
    expect(largestImage.width).toBeGreaterThan(28);
  });

  it('shows what its net answered wrongly, worst first, and keeps the pictures with the job', async () => {
    const noise = Array.from({ length: 120 }, (_, i) =>
      [i % 2, ...Array.from({ length: 9 }, (_, p) => ((i + 1) * (p + 3) * 7919) % 256)].join(),
    );
    const csv = `label,${Array.from({ length: 9 }, (_, i) => `p${i}`).join()}\n${noise.join('\n')}`;
    const { body } = await request(server.url)
      .post('/train')
      .field('request', JSON.stringify({ ...settings, model: 'noise', epochs: 1 }))
      .attach('data', Buffer.from(csv), 'noise.csv')
      .expect(202);
    expect(await ended(body.id)).toBe('succeeded');
    const job = (await request(server.url).get(`/train/${body.id}`)).body;
    const wrong = job.metrics.examples * (1 - job.metrics.accuracy);
    const { worst, columns, cell } = job.mistakes;
    expect(worst).toHaveLength(Math.round(wrong));
    for (const mistake of worst) expect(mistake.answered).not.toBe(mistake.class);
    const scores = worst.map(({ score }: { score: number }) => score);
    expect(scores).toEqual(scores.toSorted((one: number, other: number) => other - one));
    const sheet = await request(server.url).get(`/train/${body.id}/sheet`).expect(200);
    expect(sheet.headers['content-type']).toBe('image/png');
    const png: Buffer = sheet.body;
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([
      columns * cell,
      Math.ceil(worst.length / columns) * cell,
    ]);
  });

  it('tells what happens as server-sent events, from any epoch on', async () => {
    const { body } = await submit({ seed: 2 }).expect(202);
    const events = await request(server.url).get(`/train/${body.id}/events`).buffer(true);
    expect(events.headers['content-type']).toBe('text/event-stream; charset=utf-8');
    const ids = [...events.text.matchAll(/^id: (\d+)\nevent: epoch$/gm)].map(([, id]) => id);
    expect(ids).toEqual(['1', '2', '3']);
    expect(events.text).toContain('event: dataset\ndata: {"dataset":{');
    expect(events.text.trimEnd()).toMatch(
      /event: state\ndata: {"state":"succeeded","version":\d+}$/,
    );
    const later = await request(server.url)
      .get(`/train/${body.id}/events`)
      .set('last-event-id', '2')
      .buffer(true);
    expect([...later.text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => id)).toEqual(['3']);
  });

  it('keeps what its processes said, to be read whole or from the end', async () => {
    const { id } = (await request(server.url).get('/train')).body.jobs[0];
    expect(await ended(id)).toBe('succeeded');
    const logs = await request(server.url).get(`/train/${id}/logs`).expect(200);
    expect(logs.headers['content-type']).toBe('text/plain; charset=utf-8');
    const lines = logs.text.trimEnd().split('\n');
    for (const line of lines) expect(line).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z \S/);
    for (const line of ['attempt 1 starts', 'stage: training', 'epoch 3: loss', 'exit code 0']) {
      expect(logs.text).toContain(line);
    }
    const tail = await request(server.url).get(`/train/${id}/logs?tail=2`).expect(200);
    expect(tail.text.trimEnd().split('\n')).toEqual(lines.slice(-2));
    expect(tail.text).toMatch(/ state: succeeded, version \d+\n$/);
    await request(server.url).get(`/train/${id}/logs?tail=0`).expect(400);
  });

  it('makes one job of a request sent twice with the same Idempotency-Key', async () => {
    const first = await submit({ seed: 3 }).set('idempotency-key', 'once').expect(202);
    const again = await submit({ seed: 3 }).set('idempotency-key', 'once').expect(200);
    expect(again.body.id).toBe(first.body.id);
    expect(again.headers['location']).toBe(first.headers['location']);
    const other = await submit({ seed: 4 }).set('idempotency-key', 'once').expect(409);
    expect(other.body.error.code).toBe('GLIMPSE_IDEMPOTENCY_CONFLICT');
  });

  it('says of a job whether its net waits to be published: published before, or none', async () => {
    const { jobs } = (await request(server.url).get('/train')).body;
    const done = jobs.find(({ state }: { state: string }) => state === 'succeeded');
    const { body } = await request(server.url).post(`/train/${done.id}/publish`).expect(200);
    expect(body).toMatchObject({ id: done.id, version: done.version });
    const none = await request(server.url)
      .post(`/train/${'0'.repeat(16)}/publish`)
      .expect(404);
    expect(none.body.error.code).toBe('GLIMPSE_JOB_NOT_FOUND');
  });

  it('cancels a job, once', async () => {
    const { body } = await submit({ epochs: 10_000 }).expect(202);
    await request(server.url).delete(`/train/${body.id}`).expect(200);
    expect(await ended(body.id)).toBe('cancelled');
    const again = await request(server.url).delete(`/train/${body.id}`).expect(409);
    expect(again.body.error.code).toBe('GLIMPSE_JOB_FINISHED');
    const publish = await request(server.url).post(`/train/${body.id}/publish`).expect(409);
    expect(publish.body.error.code).toBe('GLIMPSE_NOTHING_TO_PUBLISH');
  });

  it('lists jobs newest first and leaves no upload behind', async () => {
    const { body } = await request(server.url).get('/train').expect(200);
    expect(body.jobs.length).toBeGreaterThan(2);
    const times = body.jobs.map(({ createdAt }: { createdAt: string }) => createdAt);
    expect(times).toEqual(times.toSorted().toReversed());
    const uploads = await readdir(join(server.folder, 'data/uploads'));
    expect(uploads).toEqual([]);
  });
});

describe('whoever prefers to wait for a training', () => {
  it('is answered with the job when it has ended, and again for the same key', async () => {
    const headersOfWait = { 'idempotency-key': 'waited', prefer: 'respond-async, wait=60' };
    const { body, headers } = await submit({ seed: 5 }).set(headersOfWait).expect(200);
    expect(body).toMatchObject({ kind: 'train', state: 'succeeded', version: expect.any(Number) });
    expect(Object.keys(body.timings).toSorted()).toEqual(['evaluate', 'publish', 'read', 'train']);
    expect(headers).toMatchObject({
      location: `/train/${body.id}`,
      'preference-applied': 'wait=60',
    });
    const again = await submit({ seed: 5 }).set(headersOfWait).expect(200);
    expect(again.body).toEqual(body);
  });

  it('is answered with the error of the job', async () => {
    const { body } = await request(server.url)
      .post('/train')
      .set('prefer', 'wait=60')
      .field('request', JSON.stringify(settings))
      .attach('data', Buffer.from(`${stripes(10)}row,x\n`), 'bad.csv')
      .expect(422);
    expect(body.error).toMatchObject({
      code: 'GLIMPSE_TOO_MANY_BAD_ROWS',
      details: { badRows: { count: 1 }, job: expect.stringMatching(/^[0-9a-f]{16}$/) },
    });
    const job = (await request(server.url).get(`/train/${body.error.details.job}`)).body;
    const { job: _, ...details } = body.error.details;
    expect(job).toMatchObject({ state: 'failed', error: { ...body.error, details } });
  });

  it('is answered with the job as it is when the wait is over, and hears of its cancelling', async () => {
    const long = { epochs: 10_000, seed: 6 };
    const key = { 'idempotency-key': 'long' };
    const { body, headers } = await submit(long)
      .set({ ...key, prefer: 'wait=0' })
      .expect(202);
    expect(headers).toMatchObject({
      location: `/train/${body.id}`,
      'preference-applied': 'wait=0',
    });
    // A client that does not wait after all changes nothing.
    const leaving = submit(long).set({ ...key, prefer: 'wait=60' });
    await expect(leaving.timeout(300)).rejects.toThrow('Timeout');
    expect(await stateOf(body.id)).toMatch(/queued|running/);
    const waiting = submit(long)
      .set('prefer', 'wait=60')
      .then((answer) => answer);
    await expect.poll(newestState, { timeout: 20_000 }).toBe('queued');
    await request(server.url).delete(`/train/${body.id}`).expect(200);
    await expect.poll(newestState, { timeout: 60_000 }).toBe('running');
    const [newest] = (await request(server.url).get('/train')).body.jobs;
    await request(server.url).delete(`/train/${newest.id}`).expect(200);
    const answer = await waiting;
    expect(answer.status).toBe(409);
    expect(answer.body.error).toMatchObject({
      code: 'GLIMPSE_TRAINING_CANCELLED',
      details: { job: newest.id },
    });
  });
});

describe('POST /train refuses', () => {
  it.each([
    [{ epochs: 0 }, 400, 'GLIMPSE_INVALID_REQUEST'],
    [{ epocs: 5 }, 400, 'GLIMPSE_INVALID_REQUEST'],
    [{ epochs: '5' }, 400, 'GLIMPSE_INVALID_REQUEST'],
    [[], 400, 'GLIMPSE_INVALID_REQUEST'],
    [{ dataset: { uri: 'file:../../secret.csv' } }, 403, 'GLIMPSE_DATASET_FORBIDDEN'],
    [{ dataset: { uri: 'file:none.csv' } }, 404, 'GLIMPSE_DATASET_NOT_FOUND'],
  ])('%j', async (body, status, code) => {
    const answer = await json(body).expect(status);
    expect(answer.body.error.code).toBe(code);
  });

  it('a dataset that is not there, with where it was looked for', async () => {
    const { error } = (await json({ dataset: { uri: 'nosuch' } }).expect(404)).body;
    expect(error.message).toBe('There is no dataset at nosuch (looked in GLIMPSE_DATASET_ROOT).');
  });

  it('a dataset named by bare text, with the form that it has', async () => {
    const { error } = (await json({ dataset: 'shapes' }).expect(400)).body;
    expect(error.message).toContain('"dataset" must be object, such as {"uri":"shapes"}');
  });

  it('a table of which nobody can say which column is the label, before there is a job', async () => {
    const before = (await request(server.url).get('/train')).body.jobs.length;
    const text = stripes(10).replace('label', 'kind');
    const hand = (name: string) =>
      request(server.url)
        .post('/train')
        .field('request', JSON.stringify({ ...settings, dataset: {}, evaluation: {} }))
        .attach('data', Buffer.from(name === 'data' ? text : stripes(10)), 'stripes.csv')
        .attach('evaluation', Buffer.from(text), 'stripes.csv');
    for (const name of ['data', 'evaluation']) {
      const { error } = (await hand(name).expect(422)).body;
      expect(error).toMatchObject({ code: 'GLIMPSE_DATASET_INVALID' });
      expect(error.details).toMatchObject({ option: 'labelColumn' });
      expect(error.details.columns.slice(0, 2)).toEqual(['kind', 'p0']);
      expect(error.message).toContain('--label-column');
    }
    expect((await request(server.url).get('/train')).body.jobs).toHaveLength(before);
    expect(await readdir(join(server.folder, 'data/uploads'))).toEqual([]);
  });

  it('bodies of other kinds, and JSON that is none', async () => {
    expect((await post('text/csv', 'a,b').expect(415)).body.error.code).toBe(
      'GLIMPSE_UNSUPPORTED_MEDIA_TYPE',
    );
    expect((await post('text/plain', '{}').expect(415)).body.error.code).toBe(
      'GLIMPSE_UNSUPPORTED_MEDIA_TYPE',
    );
    expect((await post('application/json', '{').expect(400)).body.error.code).toBe(
      'GLIMPSE_BAD_REQUEST',
    );
    await post('application/json', `{"model":"${'x'.repeat(1_100_000)}"}`).expect(413);
  });

  it('forms that are too large, malformed, or say what we do not know', async () => {
    const large = await request(server.url)
      .post('/train')
      .attach('data', Buffer.alloc(150_000), 'a.csv')
      .attach('data', Buffer.alloc(150_000), 'b.csv')
      .expect(413);
    expect(large.body.error.message).toContain('GLIMPSE_TRAIN_BODY_LIMIT_BYTES');
    const field = await request(server.url).post('/train').field('epochs', '3').expect(400);
    expect(field.body.error.message).toContain('one part "request"');
    const broken = await request(server.url).post('/train').field('request', '{').expect(400);
    expect(broken.body.error.code).toBe('GLIMPSE_BAD_REQUEST');
    const cut = await request(server.url)
      .post('/train')
      .set('content-type', 'multipart/form-data; boundary=b')
      .send('--b\r\ncontent-disposition: form-data; name="data"; filename="a.csv"\r\n\r\na,b\n')
      .expect(400);
    expect(cut.body.error.code).toBe('GLIMPSE_BAD_MULTIPART');
    expect(await readdir(join(server.folder, 'data/uploads'))).toEqual([]);
  });

  it('looking at, following or cancelling a job there is not', async () => {
    for (const call of [
      request(server.url).get('/train/none'),
      request(server.url).get('/train/none/events'),
      request(server.url).get('/train/none/logs'),
      request(server.url).delete('/train/none'),
    ]) {
      expect((await call.expect(404)).body.error.code).toBe('GLIMPSE_JOB_NOT_FOUND');
    }
  });
});

describe('a shutdown during training', () => {
  it('ends event streams and puts the job aside for the next start', async () => {
    const { body } = await submit({ epochs: 10_000, seed: 9 }).expect(202);
    const following = request(server.url).get(`/train/${body.id}/events`).buffer(true);
    const text = following.then((events) => events.text);
    await expect.poll(() => stateOf(body.id), { timeout: 60_000 }).toBe('running');
    await server.stop();
    expect(await text).toContain('event: state\ndata: {"state":"interrupted"}');
  });
});
