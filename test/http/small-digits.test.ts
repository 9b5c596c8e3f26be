import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { encodePng } from '../../src/image/encode-png.ts';
import { closeServers, openServer, type TestServer } from '../support/server.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

/** As scikit-learn's load_digits: 8x8, ink of 0..16, `pixel_0_0` to `pixel_7_7` and `target`. */
interface Digit {
  readonly target: number;
  readonly pixels: readonly number[];
}

const SIDE = 8;
const WHITE = 16;

/** Digits of ours, a quarter as large: of each 3x3 pixels in the middle 24 the mean. */
async function drawDigits(split: 'train' | 'test', count: number): Promise<Digit[]> {
  const folder = join(import.meta.dirname, '../../samples/digits');
  const [images, labels] = await Promise.all(
    ['images.idx3', 'labels.idx1'].map(async (name) =>
      gunzipSync(await readFile(join(folder, `${split}-${name}-ubyte.gz`))),
    ),
  );
  return Array.from({ length: count }, (_, index) => {
    const at = (x: number, y: number): number => images![16 + index * 784 + y * 28 + x]!;
    const pixels = Array.from({ length: SIDE * SIDE }, (_value, place) => {
      const [left, top] = [2 + 3 * (place % SIDE), 2 + 3 * Math.floor(place / SIDE)];
      let sum = 0;
      for (let part = 0; part < 9; part += 1)
        sum += at(left + (part % 3), top + Math.floor(part / 3));
      return Math.round(((sum / 9) * WHITE) / 255);
    });
    return { target: labels![8 + index]!, pixels };
  });
}

/** What pandas writes of the frame that load_digits gives. */
function toCsv(digits: readonly Digit[]): string {
  const names = Array.from(
    { length: SIDE * SIDE },
    (_, at) => `pixel_${Math.floor(at / SIDE)}_${at % SIDE}`,
  );
  const rows = digits.map(({ target, pixels }) =>
    [...pixels.map((value) => value.toFixed(1)), target].join(','),
  );
  return `${[...names, 'target'].join(',')}\n${rows.join('\n')}\n`;
}

describe('a table of digits whose ink is 0..16', () => {
  let server: TestServer;
  let learnt: Digit[];
  let unseen: Digit[];
  beforeAll(async () => {
    [learnt, unseen] = await Promise.all([drawDigits('train', 1000), drawDigits('test', 100)]);
    server = await openServer({ versions: [] });
  });
  afterAll(closeServers);

  const train = (dataset: object) =>
    request(server.url)
      .post('/train')
      .set('prefer', 'wait=60')
      .field('request', JSON.stringify({ model: 'small', epochs: 25, dataset }))
      .attach('data', Buffer.from(toCsv(learnt)), 'digits.csv');
  const predict = (instances: unknown[]) =>
    request(server.url).post('/models/small/predict').send({ instances }).expect(200);
  const answersTo = async (instances: unknown[]): Promise<string[]> => {
    const { body } = await predict(instances);
    return body.predictions.map(({ label }: { label: string }) => label);
  };

  it('is refused until somebody says what white is', async () => {
    const { body } = await train({});
    expect(body.error).toMatchObject({
      code: 'GLIMPSE_DATASET_INVALID',
      message: expect.stringContaining(
        'from 0 to 16, not to 255; say what white is: dataset.range, e.g. 16',
      ) as string,
    });
  });

  it('is then learnt and answered rightly, as pixels of 0..255 and as PNG alike', async () => {
    const { body: job } = await train({ range: WHITE });
    expect(job).toMatchObject({ state: 'succeeded', version: 1 });
    expect(job.metrics.servedAccuracy).toBe(job.metrics.accuracy);
    expect(job.metrics.accuracy).toBeGreaterThan(0.85);
    const bright = unseen.map(({ pixels }) =>
      pixels.map((value) => Math.round((value * 255) / WHITE)),
    );
    const files = await Promise.all(
      bright.map((pixels) =>
        encodePng(Uint8Array.from(pixels), { width: SIDE, height: SIDE, channels: 1 }),
      ),
    );
    const asPixels = await answersTo(bright);
    const asFiles = await answersTo(files.map((bytes) => ({ b64: bytes.toString('base64') })));
    expect(asFiles).toEqual(asPixels);
    const right = unseen.filter(({ target }, at) => asPixels[at] === String(target));
    expect(right.length).toBeGreaterThan(85);
  });

  it('is no more believed when its pixels are sent as fractions of white', async () => {
    const scaled = unseen[0]!.pixels.map((value) => value / WHITE);
    const { body } = await request(server.url)
      .post('/models/small/predict')
      .send({ instances: [scaled] });
    expect(body.error.code).toBe('GLIMPSE_PIXEL_RANGE');
  });
});
