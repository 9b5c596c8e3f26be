import request from 'supertest';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { aDataset, digestNumber } from '../support/drafts.ts';
import { closeServers, openServer, type TestServer } from '../support/server.ts';
import { tinyDraft } from '../support/tiny-version.ts';

let server: TestServer;
beforeAll(async () => {
  server = await openServer({
    versions: [
      await tinyDraft({ label: 'production' }),
      await tinyDraft(),
      await tinyDraft({ model: 'cats', label: 'production' }),
    ],
    env: { GLIMPSE_DELETE_GRACE_MS: '60000' },
  });
});
afterAll(closeServers);

const code = async (call: request.Test, status: number): Promise<string> =>
  (await call.expect(status)).body.error.code;
const versions = async (): Promise<unknown> => {
  const { body } = await request(server.url).get('/models/digits').expect(200);
  return body.versions.map(({ version, state }: never) => `${String(version)} ${String(state)}`);
};

it('a version that is deleted is unloaded with the answer, and is back with that of the other call', async () => {
  const path = '/models/digits/versions/2';
  expect(await versions()).toEqual(['1 READY', '2 READY']);
  const { body } = await request(server.url).delete(path).expect(200);
  expect(body).toMatchObject({ model: 'digits', version: 2 });
  expect(Date.parse(body.until) - Date.parse(body.deletedAt)).toBe(60_000);
  expect(await versions()).toEqual(['1 READY']);
  expect(await code(request(server.url).get(path), 404)).toBe('GLIMPSE_VERSION_NOT_FOUND');
  const { body: back } = await request(server.url).post(`${path}/restore`).expect(200);
  expect(back.versions).toHaveLength(2);
  expect(await versions()).toEqual(['1 READY', '2 READY']);
});

it('what answers cannot be deleted', async () => {
  const answering = request(server.url).delete('/models/digits/versions/1');
  expect(await code(answering, 409)).toBe('GLIMPSE_VERSION_IN_USE');
  expect(await code(request(server.url).delete('/models/digits'), 409)).toBe(
    'GLIMPSE_MODEL_IN_USE',
  );
});

it('another model and a dataset go and come back', async () => {
  await request(server.url).delete('/models/cats').expect(200);
  expect(await code(request(server.url).get('/models/cats'), 404)).toBe('GLIMPSE_MODEL_NOT_FOUND');
  const { body } = await request(server.url).post('/models/cats/restore').expect(200);
  expect(body.labels).toEqual({ latest: 1, production: 1 });
  await server.repository.datasets.put(aDataset(1));
  const digest = digestNumber(1);
  await request(server.url)
    .delete(`/datasets/fruit/${digest.slice(0, 10)}`)
    .expect(200);
  expect(await code(request(server.url).get(`/datasets/fruit/${digest}`), 404)).toBe(
    'GLIMPSE_DATASET_NOT_FOUND',
  );
  const restored = await request(server.url).post(`/datasets/fruit/${digest}/restore`).expect(200);
  expect(restored.body).toMatchObject({ name: 'fruit', digest });
});
