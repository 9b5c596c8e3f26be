import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { strokes } from '../../scripts/drawing/glyphs.ts';
import { takeLine } from '../../scripts/drawing/lines.ts';
import { createRandom } from '../../src/random.ts';
import { closeServers, openServer, type TestServer } from '../support/server.ts';
import { shippedModels } from '../support/shipped-models.ts';

const photo = join(import.meta.dirname, '../../samples/photos/7-photo.jpg');

let server: TestServer;
let file: Buffer;

beforeAll(async () => {
  server = await openServer({ versions: [], env: { GLIMPSE_REPOSITORY: await shippedModels() } });
  file = await readFile(photo);
}, 60_000);
afterAll(closeServers);

const post = (query: string) => request(server.url).post(`/predict${query}`);

async function pixelsOf(png: string): Promise<{ pixels: number[]; channels: number }> {
  const image = sharp(Buffer.from(png, 'base64'));
  const { channels } = await image.metadata();
  return { pixels: [...(await image.toColourspace('b-w').raw().toBuffer())], channels };
}

describe('a prediction with explain=input', () => {
  it('has the picture that the model was given: sent as pixels, it is answered alike', async () => {
    const { body } = await post('?explain=input&topK=10').attach('image', file, '7.jpg');
    const [{ saw, ...prediction }] = body.predictions;
    expect(saw).toMatchObject({ width: 28, height: 28, channels: 1 });
    const { pixels, channels } = await pixelsOf(saw.png);
    expect([channels, pixels.length]).toEqual([1, 784]);
    const same = await post('?topK=10').send({ instances: [pixels] });
    expect(same.body.predictions[0]).toMatchObject({ top: prediction.top });
    const plain = await post('?topK=10').attach('image', file, '7.jpg');
    expect(plain.body.predictions).toEqual([prediction]);
  });

  it('has one for each image of a form, and none for one that is not usable', async () => {
    const { body } = await post('?explain=input&partial=true')
      .attach('a', Buffer.from('no image'), 'a.png')
      .attach('b', file, 'b.jpg');
    expect(body.predictions).toMatchObject([
      { error: { code: 'GLIMPSE_UNSUPPORTED_FORMAT' } },
      { saw: { width: 28 } },
    ]);
    expect(body.predictions[0]).not.toHaveProperty('saw');
  });

  it('has one for each digit that is read', async () => {
    const { bytes } = await takeLine(
      createRandom(3).fork('27'),
      strokes,
      '27',
      'number',
      'spaced',
      0,
      60,
    );
    const { body } = await post('?explain=input&read=line').attach('image', bytes, '27.png');
    const digits: { label: string; saw: { png: string } }[] = body.predictions[0].lines[0].digits;
    expect(digits.map(({ label }) => label)).toEqual(['2', '7']);
    const instances = await Promise.all(
      digits.map(async ({ saw }) => (await pixelsOf(saw.png)).pixels),
    );
    const again: { predictions: { label: string }[] } = (await post('').send({ instances })).body;
    expect(again.predictions.map(({ label }) => label)).toEqual(['2', '7']);
  });
});

describe('explain=input', () => {
  it('is refused for pixels by their index, and with partial=true for them alone', async () => {
    const pixels = Array.from({ length: 784 }, () => 0);
    const instances = [{ b64: file.toString('base64') }, pixels];
    const { status, body } = await post('?explain=input').send({ instances });
    expect([status, body.error.code]).toEqual([422, 'GLIMPSE_CANNOT_EXPLAIN_PIXELS']);
    expect(body.error.details).toEqual({ index: 1 });
    const partial = await post('?explain=input&partial=true').send({ instances });
    expect(partial.body.predictions).toMatchObject([
      { saw: { width: 28 } },
      { error: { code: 'GLIMPSE_CANNOT_EXPLAIN_PIXELS' } },
    ]);
  });

  it('is refused by jobs, and so is any other way to explain', async () => {
    const job = await request(server.url)
      .post('/predict-jobs')
      .send({ out: 'answers', explain: 'input' });
    expect([job.status, job.body.error.code]).toEqual([400, 'GLIMPSE_INVALID_REQUEST']);
    expect(job.body.error.details).toMatchObject({ in: 'body', path: '/explain' });
    const other = await post('?explain=gradients').attach('image', file, '7.jpg');
    expect([other.status, other.body.error.code]).toEqual([400, 'GLIMPSE_INVALID_REQUEST']);
  });
});
