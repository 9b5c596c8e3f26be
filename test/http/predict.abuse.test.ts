import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodePng } from '../../src/image/encode-png.ts';
import { sendAndLeave, sendRaw } from '../support/raw-http.ts';
import { closeServers, openServer, type TestServer } from '../support/server.ts';
import { slowModel } from '../support/tiny-onnx.ts';
import { tinyDraft, tinyPixels, tinyPng } from '../support/tiny-version.ts';

let server: TestServer;
let png: Buffer;
let large: Buffer;

beforeAll(async () => {
  png = await tinyPng('left');
  large = await encodePng(new Uint8Array(200 * 200), { width: 200, height: 200, channels: 1 });
  server = await openServer({
    versions: [await tinyDraft(), await tinyDraft({ model: 'slow', onnx: slowModel(1200) })],
    env: {
      GLIMPSE_BODY_LIMIT_BYTES: '100000',
      GLIMPSE_MAX_IMAGES_PER_REQUEST: '16',
      GLIMPSE_MAX_IMAGE_BYTES: '50000',
      GLIMPSE_MAX_PIXELS: '10000',
      GLIMPSE_MAX_BATCH_SIZE: '8',
      GLIMPSE_MAX_QUEUE_SIZE: '16',
    },
  });
}, 60_000);
afterAll(closeServers);

const post = () => request(server.url).post('/predict').set('content-type', 'image/png');
const logged = (status: number, route = '/predict') =>
  server.lines.filter((line) => line['status'] === status && line['route'] === route);
const headOf = (length: number, more = '') =>
  `POST /predict HTTP/1.1\r\nhost: x\r\ncontent-type: image/png\r\ncontent-length: ${length}\r\n${more}\r\n`;

/** The head of a body of JSON for the slow model. */
const slowHead = (query: string, more = ''): string =>
  `POST /models/slow/predict${query} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n` +
  `content-type: application/json\r\ncontent-length: 9000\r\n${more}\r\n`;

/** Eight images for the slow model. */
const askSlow = (timeoutMs?: number) => {
  const call = request(server.url).post('/models/slow/predict');
  if (timeoutMs !== undefined) void call.set('x-request-timeout-ms', String(timeoutMs));
  return call.send({ instances: Array.from({ length: 8 }, () => tinyPixels.dark) });
};

describe('an image that cannot be used', () => {
  it.each([
    ['no image at all', () => Buffer.from('hello'), 415, 'GLIMPSE_UNSUPPORTED_FORMAT'],
    [
      'SVG',
      () => Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'),
      415,
      'GLIMPSE_UNSUPPORTED_FORMAT',
    ],
    ['PDF', () => Buffer.from('%PDF-1.7\n'), 415, 'GLIMPSE_UNSUPPORTED_FORMAT'],
    [
      'a cut PNG',
      () => png.subarray(0, png.length - 20),
      422,
      /GLIMPSE_IMAGE_(TRUNCATED|UNREADABLE)/,
    ],
    [
      'a PNG of garbage',
      () => Buffer.concat([png.subarray(0, 40), Buffer.alloc(40, 7)]),
      422,
      /GLIMPSE_IMAGE_/,
    ],
    [
      'more bytes than an image may have',
      () => Buffer.concat([png, Buffer.alloc(60_000)]),
      413,
      'GLIMPSE_IMAGE_BYTES_TOO_LARGE',
    ],
    ['more bytes than a body may have', () => Buffer.alloc(200_000), 413, 'GLIMPSE_BODY_TOO_LARGE'],
    ['more pixels than an image may have', () => large, 422, 'GLIMPSE_IMAGE_TOO_LARGE'],
  ])('is refused: %s', async (_what, bytes, status, code) => {
    const { body, headers } = await post().send(bytes()).expect(status);
    expect(body.error.code).toMatch(code);
    expect(body).toEqual({
      error: expect.objectContaining({ message: expect.any(String) }),
      requestId: headers['x-request-id'],
    });
  });
});

describe('pixels that cannot be used', () => {
  it.each([
    [[], 422, 'GLIMPSE_PIXEL_COUNT'],
    [[1, 2, 3], 422, 'GLIMPSE_PIXEL_COUNT'],
    [[1, 2, 3, 256], 422, 'GLIMPSE_PIXEL_VALUE'],
    [[1, 2, 3, null], 422, 'GLIMPSE_PIXEL_VALUE'],
    [[1, 2, 3, '4'], 422, 'GLIMPSE_PIXEL_VALUE'],
  ])('are refused: %j', async (pixels, status, code) => {
    const { body } = await request(server.url)
      .post('/predict')
      .send({ instances: [tinyPixels.dark, pixels] })
      .expect(status);
    expect(body.error).toMatchObject({ code, details: { index: 1 } });
  });
});

describe('a request that cannot be taken', () => {
  it('is refused with the accepted types named', async () => {
    const { body } = await post().set('content-type', 'text/plain').send('x').expect(415);
    expect(body.error).toMatchObject({
      code: 'GLIMPSE_UNSUPPORTED_MEDIA_TYPE',
      details: { accepted: expect.arrayContaining(['multipart/form-data']) },
    });
  });

  it('is told why it is too large even while it is still being sent, and may go on on its connection', async () => {
    const answer = await sendRaw(
      server.url,
      headOf(300_000),
      Buffer.alloc(300_000),
      headOf(png.length, 'connection: close\r\n'),
      png,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 413 .*GLIMPSE_BODY_TOO_LARGE.*HTTP\/1\.1 200 /s);
  });

  it('holds more images than allowed', async () => {
    const instances = Array.from({ length: 17 }, () => tinyPixels.dark);
    const { body } = await request(server.url).post('/predict').send({ instances }).expect(413);
    expect(body.error.code).toBe('GLIMPSE_TOO_MANY_IMAGES');
  });

  it('dribbles in for longer than its deadline', async () => {
    const answer = await sendRaw(
      server.url,
      'POST /predict HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx-request-timeout-ms: 60\r\n' +
        'content-type: image/png\r\ncontent-length: 1000\r\n\r\nAB',
    );
    expect(answer).toMatch(/^HTTP\/1\.1 408 .*GLIMPSE_RECEIVE_TIMEOUT/s);
  });

  it.each([
    ['__proto__', '{"__proto__": {"x": 1}, "instances": [[0,0,0,0]]}', 400],
    ['constructor', '{"constructor": {"prototype": {"x": 1}}, "instances": [[0,0,0,0]]}', 400],
    ['a deep nest', `{"instances": [${'['.repeat(5_000)}${']'.repeat(5_000)}]}`, 422],
  ])('harms nobody with %s', async (_what, body, status) => {
    await request(server.url).post('/predict').type('json').send(body).expect(status);
    expect(({} as { x?: number }).x).toBeUndefined();
  });
});

describe('a client that leaves', () => {
  it('half way through its body is a 499 in the log and nowhere else', async () => {
    const before = logged(499).length;
    await sendAndLeave(
      server.url,
      'POST /predict HTTP/1.1\r\nhost: x\r\ncontent-type: image/png\r\ncontent-length: 500\r\n\r\nAB',
    );
    await expect.poll(() => logged(499).length).toBe(before + 1);
    const { text } = await request(server.url).get('/metrics');
    expect(text).toContain('glimpse_errors_total{code="GLIMPSE_CLIENT_CLOSED"}');
    await post().send(png).expect(200);
  });
});

describe('a model that cannot keep up', () => {
  it('refuses what does not fit its queue with 429 and when to come back', async () => {
    const answers = await Promise.all(Array.from({ length: 12 }, () => askSlow()));
    const refused = answers.filter(({ status }) => status === 429);
    expect(answers.every(({ status }) => status === 200 || status === 429)).toBe(true);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused[0]!.body.error.code).toBe('GLIMPSE_QUEUE_FULL');
    expect(Number(refused[0]!.headers['retry-after'])).toBeGreaterThanOrEqual(1);
    const { text } = await request(server.url).get('/metrics');
    expect(text).toMatch(
      /glimpse_(rejects_total{model="slow",reason="full"|admission_refusals_total{model="slow",reason="full",priority="online")} [1-9]/,
    );
  });

  it('refuses by the head of a request, before anything of its body was sent', async () => {
    const busy = Array.from({ length: 3 }, () => askSlow().then(({ status }) => status));
    const metrics = async (): Promise<string> => (await request(server.url).get('/metrics')).text;
    const waiting = /glimpse_queue_depth{model="slow",version="1"} (8|16)\n/;
    await expect.poll(metrics, { interval: 5, timeout: 20_000 }).toMatch(waiting);
    // The thread has a second batch soon: one more request, taken or refused, keeps the queue from running dry meanwhile.
    const more = askSlow().then(({ status }) => status);
    const full = await sendRaw(server.url, slowHead('?priority=bulk'));
    expect(full).toMatch(/^HTTP\/1\.1 429 .*\r\nretry-after: \d+\r\n.*GLIMPSE_QUEUE_FULL/s);
    const late = await sendRaw(server.url, slowHead('', 'x-request-timeout-ms: 100\r\n'));
    expect(late).toMatch(/^HTTP\/1\.1 429 .*GLIMPSE_(WAIT_TOO_LONG|QUEUE_FULL)/s);
    // The third of them finds no place where it comes before the thread took the first.
    const answers = await Promise.all(busy);
    expect(answers.slice().sort((a, b) => a - b)).toEqual([200, 200, expect.toBeOneOf([200, 429])]);
    await more;
    const { text } = await request(server.url).get('/metrics');
    expect(text).toMatch(/admission_refusals_total{model="slow",reason="full",priority="bulk"} 1/);
  });

  it('says at once that the deadline would pass, or when it has passed, and answers the next', async () => {
    const answers = await Promise.all([askSlow(), askSlow(1)]);
    expect(answers[1].body.error.code).toMatch(
      /GLIMPSE_(DEADLINE_EXCEEDED|RECEIVE_TIMEOUT|WAIT_TOO_LONG)/,
    );
    expect((await askSlow()).status).toBe(200);
  });

  it('does not delay /livez', async () => {
    const busy = askSlow();
    await request(server.url).get('/livez').expect(200);
    const { text } = await request(server.url).get('/metrics').expect(200);
    expect(text).toContain('glimpse_version_state{model="slow",version="1",state="READY"} 1');
    const [version] = (await request(server.url).get('/models/slow')).body.versions;
    expect(version.place).toBe('worker');
    expect(version.placement).toMatchObject({ inlineUpTo: 0, isKept: false });
    expect(version.placement.curve[0]).toMatchObject({ size: 1, ms: expect.any(Number) as number });
    await busy;
  });
});
