import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import request from 'supertest';
import { afterEach, describe, expect, it } from 'vitest';
import { closeServers, openServer } from '../support/server.ts';
import { unpackExamples } from '../../src/repository/kept-examples.ts';
import { bars, tinyWorkshop } from '../training/tiny-run.ts';

afterEach(closeServers);

/** A server over a version that keeps its examples and one that keeps none, and the picture of one that is kept. */
async function served(trusted: string) {
  const { folder, run } = await tinyWorkshop(bars(60));
  await run({ epochs: 3, keepExamples: 9 });
  await run({ epochs: 1, model: 'bare' });
  const env = {
    GLIMPSE_REPOSITORY: join(folder, 'models'),
    GLIMPSE_DEFAULT_MODEL: 'bars',
    GLIMPSE_TRUSTED_MODELS: trusted,
  };
  const server = await openServer({ versions: [], env });
  const [kept] = unpackExamples(await readFile(join(folder, 'models/bars/1/examples.bin')))!;
  const post = (path: string) =>
    request(server.url).post(path).attach('image', Buffer.from(kept!.png), 'bar.png');
  return { server, post, kept: kept! };
}

describe('a prediction with explain=nearest', () => {
  it.each([
    ['in the server itself', '*'],
    ['in a cell, where its model is not trusted', ''],
  ])('has the training examples that are likest it, found %s', async (_, trusted) => {
    const { post, kept } = await served(trusted);
    const { status, body } = await post('/predict?explain=nearest');
    expect(status).toBe(200);
    const [{ nearest, ...prediction }] = body.predictions;
    expect(nearest).toHaveLength(5);
    expect(nearest[0]).toMatchObject({
      row: kept.row,
      similarity: expect.closeTo(1, 2),
      png: Buffer.from(kept.png).toString('base64'),
    });
    const plain = await post('/predict');
    expect(plain.body.predictions).toEqual([prediction]);
    const all = await post('/predict?explain=true');
    expect(Object.keys(all.body.predictions[0])).toEqual(
      expect.arrayContaining(['saw', 'occlusion', 'gradient', 'nearest']),
    );
  });

  it('is refused of a version that keeps none, which explain=true passes over', async () => {
    const { server, post } = await served('*');
    const none = await post('/models/bare/predict?explain=input,nearest');
    expect([none.status, none.body.error.code]).toEqual([409, 'GLIMPSE_NO_EXAMPLES']);
    const all = await post('/models/bare/predict?explain=true');
    expect(all.body.predictions[0]).not.toHaveProperty('nearest');
    const { body } = await request(server.url).get('/models/bars/versions/1');
    expect(body.keptExamples).toMatchObject({ count: 9 });
  });

  it('goes with its version where that is brought to another model as an archive', async () => {
    const { server, post } = await served('*');
    const { body } = await request(server.url)
      .get('/models/bars/versions/1/export?format=zip')
      .responseType('blob');
    await request(server.url)
      .post('/models/copy/versions')
      .set({ 'content-type': 'application/octet-stream', prefer: 'wait=30' })
      .send(body)
      .expect(201);
    const answer = await post('/models/copy/predict?explain=nearest').expect(200);
    expect(answer.body.predictions[0].nearest).toHaveLength(5);
  });
});
