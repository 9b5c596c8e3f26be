import { connect, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { send, type Answer } from '../../scripts/attack/watch.ts';
import { closeServers, openServer, type TestServer } from '../support/server.ts';

/**
 * The budget is below what a process of tests holds at rest, so requests have an eighth of it: 16 MiB, half of which for what
 * is kept, three quarters of that for one caller.
 */
const budget = 128 * 1024 * 1024;
const mostKept = (budget / 8 / 2) * (3 / 4);
const other = '127.0.0.2';

let server: TestServer;
let port: number;
beforeAll(async () => {
  server = await openServer({
    env: {
      GLIMPSE_MEMORY_BUDGET_BYTES: String(budget),
      GLIMPSE_DECODE_CONCURRENCY: '2',
      GLIMPSE_REQUEST_TIMEOUT_MS: '20000',
    },
  });
  port = Number(new URL(server.url).port);
});
afterAll(closeServers);

const post = (type: string, body: Buffer, from?: string): Promise<Answer> =>
  send({ port }, '/predict', { type, body, ...(from !== undefined && { from }) });
const train = (text: string): Promise<Answer> =>
  send({ port }, '/train', { type: 'application/json', body: Buffer.from(text) });
const codeOf = ({ body }: Answer): string => JSON.parse(body).error.code;

async function reserved(): Promise<number[]> {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  return [...text.matchAll(/^glimpse_memory_(?:reserved_bytes\{[^}]*\}|waiting) (\d+)$/gm)].map(
    ([, value]) => Number(value),
  );
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 200 && !(await isSo()); i += 1) {
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  expect(await isSo()).toBe(true);
}

/** Sends a head and so much of its body, and then nothing. */
async function stall(announced: number, sent: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  socket.write(
    `POST /predict HTTP/1.1\r\nhost: localhost\r\ncontent-type: image/png\r\ncontent-length: ${announced}\r\n\r\n`,
  );
  await new Promise((resolve) => socket.write(Buffer.alloc(sent), resolve));
  return socket;
}

describe('a body of JSON', () => {
  it.each([
    ['objects', '{},', 'GLIMPSE_JSON_TOO_COMPLEX'],
    ['texts', '"",', 'GLIMPSE_JSON_TOO_COMPLEX'],
    ['levels', '[', 'GLIMPSE_JSON_TOO_COMPLEX'],
    ['lists', '[0],', 'GLIMPSE_REQUEST_TOO_COSTLY'],
    ['numbers', '0,', 'GLIMPSE_REQUEST_TOO_COSTLY'],
  ])('is refused for what it would become: %s', async (_what, item, code) => {
    const body = Buffer.concat([
      Buffer.from('{"instances":[['),
      Buffer.alloc(4_000_000, item),
      Buffer.from('0]]}'),
    ]);
    const answer = await post('application/json', body);
    expect([answer.status, codeOf(answer)]).toEqual([413, code]);
    await until(async () => String(await reserved()) === '0,0,0,0');
  });

  it('gets the same answer on the thread as on the event loop', async () => {
    const digit = [
      [0.25, 200],
      [3, 4],
    ];
    const png = await sharp({ create: { width: 28, height: 28, channels: 3, background: '#777' } })
      .png()
      .toBuffer();
    const instances = [
      digit,
      digit.flat(),
      { b64: png.toString('base64') },
      [[1, 2], [3]],
      { b64: '!' },
    ];
    const path = '/predict?partial=true';
    const ask = async (padding: string): Promise<unknown[]> => {
      const body = Buffer.from(JSON.stringify({ instances }) + padding);
      const answer = await send({ port }, path, { type: 'application/json', body });
      expect(answer.status).toBe(200);
      return JSON.parse(answer.body).predictions;
    };
    const small = await ask('');
    const large = await ask(' '.repeat(300_000));
    expect(large).toEqual(small);
    expect(small).toMatchObject([
      { label: expect.any(String) },
      { label: expect.any(String) },
      { label: expect.any(String) },
      { error: { code: 'GLIMPSE_PIXEL_COUNT' } },
      { error: { code: 'GLIMPSE_BAD_BASE64', details: { index: 4 } } },
    ]);
  });

  it('is refused with the same words when it is no JSON, however large', async () => {
    for (const padding of [0, 300_000]) {
      const answer = await post(
        'application/json',
        Buffer.from(`{"instances":[[1]${' '.repeat(padding)}`),
      );
      expect([answer.status, codeOf(answer)]).toEqual([400, 'GLIMPSE_BAD_REQUEST']);
    }
  });
});

describe('a body of JSON for a call of few fields', () => {
  it.each([
    ['levels', `{"model":${'['.repeat(400_000)}`],
    ['lists', `{"model":[${'[],'.repeat(300_000)}[]]}`],
    ['objects', `{"model":[${'{},'.repeat(300_000)}{}]}`],
  ])('is refused for too many %s, as JSON and as part of a form', async (what, text) => {
    const boundary = 'x';
    const form = `--x\r\ncontent-disposition: form-data; name="request"\r\n\r\n${text}\r\n--x--\r\n`;
    for (const [type, body] of [
      ['application/json', text],
      [`multipart/form-data; boundary=${boundary}`, form],
    ] as const) {
      const answer = await send({ port }, '/train', { type, body: Buffer.from(body) });
      expect([answer.status, codeOf(answer)]).toEqual([413, 'GLIMPSE_JSON_TOO_COMPLEX']);
      expect(answer.body).toContain(what);
    }
  });

  it('is parsed as before when it is one: with a byte order mark, and without words from outside', async () => {
    expect(codeOf(await train('\uFEFF{"epoch":2}'))).toBe('GLIMPSE_INVALID_REQUEST');
    expect(codeOf(await train('{"__proto__":{}}'))).toBe('GLIMPSE_BAD_REQUEST');
    expect(codeOf(await train(''))).toBe('GLIMPSE_BAD_REQUEST');
  });
});

describe('memory', () => {
  it('is refused to a body that could never have it, before a byte of it is sent', async () => {
    const socket = await stall(mostKept + 1, 0);
    const head = await new Promise<string>((resolve) =>
      socket.once('data', (data) => resolve(String(data))),
    );
    expect(head).toContain(' 413 ');
    expect(head).toContain('GLIMPSE_REQUEST_TOO_COSTLY');
    socket.destroy();
  });

  it('that was announced and does not come is left to others, and given back when the client is gone', async () => {
    const announced = 5_000_000;
    const stalled = await stall(announced, 100_000);
    await until(async () => (await reserved())[0] === announced);
    // The same caller waits until the slow body is found to be slow; another one does not wait.
    const body = Buffer.alloc(3_000_000);
    const [waiting, ofOther] = [
      post('image/png', body),
      post('image/png', Buffer.alloc(200_000), other),
    ];
    expect((await ofOther).status).toBe(415);
    expect((await waiting).status).toBe(415);
    await until(async () => (await reserved())[0]! < 200_000);
    expect((await reserved())[0]).toBeGreaterThanOrEqual(100_000);
    stalled.destroy();
    await until(async () => String(await reserved()) === '0,0,0,0');
  });

  it('of a packed body is counted as it unpacks', async () => {
    const answer = await send({ port }, '/predict', {
      type: 'image/png',
      body: gzipSync(Buffer.alloc(8_000_000)),
      headers: { 'content-encoding': 'gzip' },
    });
    expect([answer.status, codeOf(answer)]).toEqual([429, 'GLIMPSE_MEMORY_FULL']);
    expect(Number(answer.headers['retry-after'])).toBeGreaterThanOrEqual(1);
    await until(async () => String(await reserved()) === '0,0,0,0');
  });

  it('is refused to an image that has to be decoded whole and does not fit', async () => {
    const image = { width: 3_000, height: 2_000, channels: 3, background: '#888' } as const;
    const progressive = await sharp({ create: image }).jpeg({ progressive: true }).toBuffer();
    const plain = await sharp({ create: image }).jpeg().toBuffer();
    const refused = await post('image/jpeg', progressive);
    expect([refused.status, codeOf(refused)]).toEqual([413, 'GLIMPSE_REQUEST_TOO_COSTLY']);
    expect((await post('image/jpeg', plain)).status).toBe(200);
    await until(async () => String(await reserved()) === '0,0,0,0');
  });

  it('is told with the answer: the wait, the expected work and the most it took', async () => {
    const photo = await sharp({
      create: { width: 300, height: 200, channels: 3, background: '#888' },
    })
      .jpeg()
      .toBuffer();
    const { headers } = await post('image/jpeg', photo);
    const found = /wait;dur=([\d.]+), price;dur=([\d.]+);desc="(\d+) bytes"$/.exec(
      String(headers['server-timing']),
    );
    expect(Number(found?.[2])).toBeGreaterThan(0);
    expect(Number(found?.[3])).toBeGreaterThan(photo.length);
  });
});

describe('turns', () => {
  it('are taken between callers: a photo does not wait for all the images of somebody else', async () => {
    const huge = await sharp({
      create: { width: 4_000, height: 4_000, channels: 3, background: '#fff' },
    })
      .png({ palette: true })
      .toBuffer();
    const b64 = huge.toString('base64');
    const many = Buffer.from(
      JSON.stringify({ instances: Array.from({ length: 12 }, () => ({ b64 })) }),
    );
    const photo = await sharp({
      create: { width: 300, height: 200, channels: 3, background: '#888' },
    })
      .jpeg()
      .toBuffer();
    let isOver = false;
    const attack = post('application/json', many).then((answer) => {
      isOver = true;
      return answer;
    });
    await until(async () => (await reserved())[1]! > 0);
    const answers: number[] = [];
    for (let i = 0; i < 3; i += 1) answers.push((await post('image/jpeg', photo, other)).status);
    expect([answers, isOver]).toEqual([[200, 200, 200], false]);
    expect((await attack).status).toBe(200);
    await until(async () => String(await reserved()) === '0,0,0,0');
  });
});
