import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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

async function pixelsOf(png: string, colour: 'b-w' | 'srgb'): Promise<Buffer> {
  return sharp(Buffer.from(png, 'base64')).toColourspace(colour).raw().toBuffer();
}

describe('a prediction with explain=true', () => {
  it('has what the model saw, and a map whose red lies where its ink does', async () => {
    const { status, body } = await post('?explain=true').attach('image', file, '7.jpg');
    expect(status).toBe(200);
    const [{ saw, occlusion, gradient, ...prediction }] = body.predictions;
    expect(gradient).toMatchObject({ width: 28, height: 28 });
    expect(occlusion).toMatchObject({ width: 28, height: 28 });
    expect(occlusion.mostFall).toBeGreaterThan(0.1);
    const [ink, map] = await Promise.all([
      pixelsOf(saw.png, 'b-w'),
      pixelsOf(occlusion.png, 'srgb'),
    ]);
    // Red of white is what the other colours have lost.
    const red = (at: number) => Math.max(0, map[3 * at]! - map[3 * at + 1]!);
    const [inked, bare] = [
      [0, 0],
      [0, 0],
    ] as [[number, number], [number, number]];
    for (let at = 0; at < 784; at += 1) {
      const sums = ink[at]! > 127 ? inked : bare;
      sums[0] += red(at);
      sums[1] += 1;
    }
    expect(inked[0] / inked[1]).toBeGreaterThan((2 * bare[0]) / bare[1]);
    const plain = await post('').attach('image', file, '7.jpg');
    expect(plain.body.predictions).toEqual([prediction]);
  });

  it('is refused for pixels, of which explain=occlusion alone is told', async () => {
    const { body } = await post('?explain=input').attach('image', file, '7.jpg');
    const pixels = [...(await pixelsOf(body.predictions[0].saw.png, 'b-w'))];
    const both = await post('?explain=input,occlusion').send({ instances: [pixels] });
    expect([both.status, both.body.error.code]).toEqual([422, 'GLIMPSE_CANNOT_EXPLAIN_PIXELS']);
    const alone = await post('?explain=occlusion').send({ instances: [pixels] });
    expect(alone.body.predictions[0]).not.toHaveProperty('saw');
    const known = await post('?explain=occlusion').attach('image', file, '7.jpg');
    expect(alone.body.predictions).toEqual(known.body.predictions);
  });

  it('is an image that fails beside others that are explained', async () => {
    const { body } = await post('?explain=occlusion&partial=true')
      .attach('a', Buffer.from('no image'), 'a.png')
      .attach('b', file, 'b.jpg');
    expect(body.predictions).toMatchObject([
      { error: { code: 'GLIMPSE_UNSUPPORTED_FORMAT' } },
      { occlusion: { width: 28 } },
    ]);
    expect((await post('?explain=gradients').attach('b', file, 'b.jpg')).status).toBe(400);
  });

  it('is a map of the pixels that speak for its class, of a net that was trained here', async () => {
    const { body } = await post('?explain=input,gradient').attach('image', file, '7.jpg');
    const [{ saw, gradient, occlusion }] = body.predictions;
    expect(occlusion).toBeUndefined();
    expect(gradient.for).toBeGreaterThan(gradient.against);
    const [ink, map] = await Promise.all([
      pixelsOf(saw.png, 'b-w'),
      pixelsOf(gradient.png, 'srgb'),
    ]);
    // Bare paper is as it is without the picture, and speaks for nothing.
    const coloured = Array.from(ink, (level, at) => [level, map[3 * at + 1]!] as const);
    expect(coloured.filter(([level]) => level === 0).every(([, green]) => green === 255)).toBe(
      true,
    );
    expect(coloured.some(([level, green]) => level > 127 && green < 100)).toBe(true);
  });
});
