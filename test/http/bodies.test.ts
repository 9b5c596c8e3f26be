import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sendAndLeave } from '../support/raw-http.ts';
import { closeServers, openServer, type TestServer } from '../support/server.ts';
import { tinyPixels, tinyPng } from '../support/tiny-version.ts';

let server: TestServer;
beforeAll(async () => {
  server = await openServer({
    env: { GLIMPSE_BODY_LIMIT_BYTES: '100000', GLIMPSE_TRAIN_BODY_LIMIT_BYTES: '100000' },
  });
});
afterAll(closeServers);

const json = (value: unknown) => Buffer.from(JSON.stringify(value));
const marked = (value: unknown) => Buffer.concat([Buffer.from('efbbbf', 'hex'), json(value)]);
/** Bytes as they are; supertest would write them as JSON or as form fields. */
async function send(
  method: string,
  path: string,
  body: Buffer,
  { type = 'application/json', encoding = 'identity' } = {},
) {
  const answer = await fetch(server.url + path, {
    method,
    headers: { 'content-type': type, 'content-encoding': encoding },
    body: Uint8Array.from(body),
  });
  return { status: answer.status, body: (await answer.json()) as Answered };
}
interface Answered {
  readonly predictions?: readonly { readonly label: string }[];
  readonly error?: { readonly code: string; readonly message: string; readonly details?: unknown };
}

describe('JSON behind a byte order mark', () => {
  it('is read by every call that takes JSON', async () => {
    const predicted = await send('POST', '/predict', marked({ instances: [tinyPixels.dark] }));
    expect(predicted.body.predictions).toMatchObject([{ label: 'dark' }]);
    const labelled = await send('PUT', '/models/digits/labels/marked', marked({ version: 1 }));
    expect(labelled).toMatchObject({ status: 200, body: { labels: { marked: 1 } } });
    const trained = await send('POST', '/train', marked({ epochs: -1 }));
    expect(trained).toMatchObject({ status: 400 });
    expect(trained.body.error?.message).toContain('epochs');
  });

  it('is read in the request part of a form too', async () => {
    const { body } = await request(server.url)
      .post('/train')
      .field('request', '\uFEFF{"epochs": -1}')
      .expect(400);
    expect(body.error.message).toContain('epochs');
  });
});

describe('an image under a content type that says nothing', () => {
  it('is answered as curl --data-binary sends it', async () => {
    const type = 'application/x-www-form-urlencoded';
    const { body } = await send('POST', '/predict', await tinyPng('left'), { type });
    expect(body.predictions).toMatchObject([{ label: 'left' }]);
  });
});

const packers = {
  gzip: gzipSync,
  deflate: deflateSync,
  br: brotliCompressSync,
  'x-gzip': gzipSync,
};
type Packing = keyof typeof packers;
const form = 'multipart/form-data; boundary=b';
const part = (head: string, body: Buffer | string) =>
  Buffer.concat([
    Buffer.from(`--b\r\ncontent-disposition: form-data; ${head}\r\n\r\n`),
    Buffer.from(body),
    Buffer.from('\r\n'),
  ]);
const formOf = (...parts: Buffer[]) => Buffer.concat([...parts, Buffer.from('--b--\r\n')]);

const typed = (text: string) =>
  send('POST', '/train', formOf(part('name="request"\r\ncontent-type: application/json', text)), {
    type: form,
  });

describe('the request part of a form that says it is JSON', () => {
  it('is read like one that does not, and no further looked at than that', async () => {
    expect((await typed('{"epochs": -1}')).body.error?.message).toContain('epochs');
    const deep = `{"model": ${'['.repeat(100)}${']'.repeat(100)}}`;
    expect(await typed(deep)).toMatchObject({
      status: 413,
      body: { error: { code: 'GLIMPSE_JSON_TOO_COMPLEX' } },
    });
    expect(await typed('{')).toMatchObject({
      status: 400,
      body: { error: { code: 'GLIMPSE_BAD_REQUEST' } },
    });
    const large = await typed(JSON.stringify({ model: 'x'.repeat(1024 * 1024) }));
    expect(large.body.error).toMatchObject({
      code: 'GLIMPSE_BAD_MULTIPART',
      message: expect.stringContaining('"request" is larger than 1048576 bytes'),
    });
    expect(await readdir(join(server.folder, 'data/uploads'))).toEqual([]);
  });
});

describe.each(Object.keys(packers) as Packing[])('a body packed with %s', (encoding) => {
  const pack = packers[encoding];

  it('is unpacked before it is read, whatever it is', async () => {
    const png = await tinyPng('left');
    const two = formOf(part('name="a"; filename="a.png"', png), part('name="b"', png));
    for (const [type, body, count] of [
      ['image/png', png, 1],
      ['application/json', json({ instances: [tinyPixels.left, tinyPixels.left] }), 2],
      [form, two, 2],
    ] as const) {
      const answer = await send('POST', '/predict', pack(body), { type, encoding });
      const left = expect.objectContaining({ label: 'left' });
      expect([type, answer.body.predictions]).toEqual([
        type,
        Array.from({ length: count }, () => left),
      ]);
    }
  });

  it('is unpacked for a label and for a job as well, JSON and forms alike', async () => {
    const label = pack(json({ version: 1 }));
    const labelled = await send('PUT', '/models/digits/labels/packed', label, { encoding });
    expect(labelled).toMatchObject({ status: 200, body: { labels: { packed: 1 } } });
    for (const [type, body] of [
      ['application/json', json({ epochs: -1 })],
      [form, formOf(part('name="request"', '{"epochs": -1}'), part('name="f"; filename="f"', 'x'))],
    ] as const) {
      const { status, body: answered } = await send('POST', '/train', pack(body), {
        type,
        encoding,
      });
      expect([status, answered.error?.message]).toEqual([400, expect.stringContaining('epochs')]);
    }
  });

  it('is refused with 413 for the bytes it would become', async () => {
    const bomb = pack(Buffer.alloc(8_000_000));
    const bombs: [string, string, string, Buffer][] = [
      ['POST', '/predict', 'image/png', bomb],
      ['PUT', '/models/digits/labels/packed', 'application/json', bomb],
      ['POST', '/train', 'application/json', bomb],
      [
        'POST',
        '/train',
        form,
        pack(formOf(part('name="f"; filename="f"', Buffer.alloc(8_000_000)))),
      ],
      ['POST', '/train', form, bomb],
    ];
    for (const [method, path, type, body] of bombs) {
      const answer = await send(method, path, body, { type, encoding });
      expect([path, type, answer.status]).toEqual([path, type, 413]);
      expect(answer.body.error?.code).toBe('GLIMPSE_BODY_TOO_LARGE');
    }
    expect(await readdir(join(server.folder, 'data/uploads'))).toEqual([]);
  });

  it('is refused where it is broken or cut', async () => {
    const whole = pack(json({ instances: [tinyPixels.left], note: 'x'.repeat(1_000) }));
    for (const body of [Buffer.from('not packed at all'), whole.subarray(0, -3)]) {
      for (const path of ['/predict', '/train']) {
        const answer = await send('POST', path, body, { encoding });
        expect([path, answer.body.error?.code]).toEqual([path, 'GLIMPSE_BAD_REQUEST']);
        expect(answer.body.error?.message).toContain(`its content-encoding ${encoding}`);
      }
    }
    const cutForm = pack(formOf(part('name="f"; filename="f"', 'x'.repeat(1_000)))).subarray(0, -3);
    expect((await send('POST', '/train', cutForm, { type: form, encoding })).status).toBe(400);
  });
});

describe('a packed body', () => {
  it.each(['zstd', 'gzip, gzip', 'compress', '__proto__'])(
    'in the encoding %s is refused, and told which are taken',
    async (encoding) => {
      for (const [path, type] of [
        ['/predict', 'image/png'],
        ['/train', 'application/json'],
        ['/train', form],
      ] as const) {
        const { status, body } = await send('POST', path, Buffer.from('x'), { type, encoding });
        expect([status, body.error]).toMatchObject([
          415,
          {
            code: 'GLIMPSE_UNSUPPORTED_MEDIA_TYPE',
            details: { acceptedEncodings: ['gzip', 'deflate', 'br', 'identity'] },
          },
        ]);
      }
    },
  );

  it('that a call does not have is not looked at, whatever is said of it', async () => {
    const headers = { 'content-encoding': 'zstd' };
    for (const path of ['/models', '/train', '/datasets']) {
      expect((await fetch(server.url + path, { headers })).status, path).toBe(200);
    }
  });

  it('of a client that leaves half way harms nobody', async () => {
    const body = gzipSync(Buffer.alloc(90_000, 7)).subarray(0, -20);
    for (const [path, type] of [
      ['/predict', 'image/png'],
      ['/train', 'application/json'],
      ['/train', form],
    ]) {
      const head = `POST ${path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: ${type}\r\ncontent-encoding: gzip\r\ncontent-length: 5000\r\n\r\n`;
      await sendAndLeave(server.url, Buffer.concat([Buffer.from(head), body]));
    }
    const left = () => server.lines.filter((line) => line['status'] === 499).length;
    await expect.poll(left).toBe(3);
    await request(server.url).get('/readyz').expect(200);
  });
});
