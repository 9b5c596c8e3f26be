import { createServer, type IncomingMessage } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import request from 'supertest';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { EventLoopTurns } from '../../src/admission/event-loop-turns.ts';
import { createLedger } from '../../src/admission/ledger.ts';
import { createCancellation } from '../../src/cancellation.ts';
import { commonFlow } from '../../src/fair-queue.ts';
import { createBodyReader } from '../../src/http/bodies/body-reader.ts';
import { entryBeside } from '../../src/entry.ts';
import { createJsonParser } from '../../src/http/predict/json-parser.ts';
import { readImageBody } from '../../src/http/predict/image-body.ts';
import { isGlimpseError } from '../../src/errors.ts';

const limits = { maxBodyBytes: 10_000, maxImages: 3 };
const arrival = { grow: () => {}, here: () => {}, read: () => {}, runs: () => {}, close: () => {} };
const ledger = createLedger({ capacity: () => 100_000_000 });
const entry = entryBeside(new URL('../../src/http/app.ts', import.meta.url).href, 'body-worker');
const bodies = createBodyReader(entry, () => ledger.mostInWork);
const json = createJsonParser(bodies);
afterAll(() => bodies.close());
const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** A bare server that reads bodies as predict calls do, and tells what it found. */
async function open(timeoutMs = 5_000) {
  const told: unknown[] = [];
  const read = async (message: IncomingMessage): Promise<{ status: number; body: object }> => {
    try {
      const cancellation = createCancellation({ deadline: performance.now() + timeoutMs });
      const account = ledger.open(commonFlow, cancellation.deadline);
      const context = { cancellation, account, json, arrival, turns: new EventLoopTurns() };
      const instances = await readImageBody(message, limits, context);
      return {
        status: 200,
        body: instances.map((instance) =>
          instance.kind === 'image' ? Buffer.from(instance.bytes).toString('hex') : instance.kind,
        ),
      };
    } catch (error) {
      if (!isGlimpseError(error)) throw error;
      told.push(error.code);
      return { status: error.statusCode, body: { code: error.code, message: error.message } };
    }
  };
  const server = createServer((message, response) => {
    void read(message).then(({ status, body }) => {
      response.statusCode = status;
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(body));
      return undefined;
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(
    () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  const { port } = server.address() as AddressInfo;
  return { port, url: `http://127.0.0.1:${port}`, told };
}

/** Bytes as they are; supertest would write them as JSON or as form fields. */
async function post(url: string, type: string, bytes: Buffer) {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': type },
    body: Uint8Array.from(bytes),
  });
  const body = (await answer.json()) as { code: string; message: string };
  return { status: answer.status, body };
}

const part = (name: string) => `--b\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n`;
const png = Buffer.from('89504e470d0a1a0a00', 'hex');

describe('a predict body', () => {
  it.each(['image/png', 'image/anything', 'IMAGE/PNG; x=y', 'application/octet-stream'])(
    'may be one bare image as %s',
    async (type) => {
      const { url } = await open();
      await request(url)
        .post('/')
        .set('content-type', type)
        .send(png)
        .expect(200, [png.toString('hex')]);
    },
  );

  it.each(['binary/octet-stream', 'application/x-www-form-urlencoded'])(
    'may be an image under the type %s, which says nothing',
    async (type) => {
      const { url } = await open();
      expect(await post(url, type, png)).toEqual({ status: 200, body: [png.toString('hex')] });
    },
  );

  it('may be a form with images in parts without a file name or type', async () => {
    const { url } = await open();
    const answer = await request(url)
      .post('/')
      .set('content-type', 'multipart/form-data; boundary=b')
      .send(Buffer.concat([Buffer.from(part('image')), png, Buffer.from('\r\n--b--\r\n')]));
    expect(answer.body).toEqual([png.toString('hex')]);
  });

  it('may be JSON behind a byte order mark', async () => {
    const { url } = await open();
    const body = Buffer.from('\uFEFF{"instances":[[1]]}');
    expect((await post(url, 'application/json', body)).body).toEqual(['packed']);
  });

  it('may be bare bytes without any content type', async () => {
    const { port } = await open();
    const answer = await raw(
      port,
      `POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 2\r\n\r\nAB`,
    );
    expect(answer).toContain('["4142"]');
  });

  it('may be a form with files under any field names, in order', async () => {
    const { url } = await open();
    await request(url)
      .post('/')
      .attach('b', Buffer.from('B'), 'b.png')
      .attach('a[]', Buffer.from('A'), 'a.png')
      .expect(200, ['42', '41']);
  });

  it('may be JSON, also under a +json type', async () => {
    const { url } = await open();
    for (const type of [
      'application/json',
      'application/json; charset=utf-8',
      'application/x+json',
    ]) {
      await request(url)
        .post('/')
        .set('content-type', type)
        .send(JSON.stringify({ instances: [{ b64: png.toString('base64') }, [1, 2]] }))
        .expect(200, [png.toString('hex'), 'packed']);
    }
  });

  it('may come in chunks of unknown total length', async () => {
    const { port } = await open();
    const answer = await raw(
      port,
      'POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: image/png\r\n' +
        'transfer-encoding: chunked\r\n\r\n2\r\nAB\r\n1\r\nC\r\n0\r\n\r\n',
    );
    expect(answer).toContain('["414243"]');
  });
});

describe('a predict body that cannot be taken', () => {
  it.each([
    ['image/png', '', 400, 'GLIMPSE_NO_IMAGE'],
    ['application/json', '{"instances":[]}', 400, 'GLIMPSE_NO_IMAGE'],
    ['application/json', '', 400, 'GLIMPSE_BAD_REQUEST'],
    ['multipart/form-data; boundary=b', '--b--\r\n', 400, 'GLIMPSE_NO_IMAGE'],
    ['multipart/form-data; boundary=b', '--c--\r\n', 400, 'GLIMPSE_BAD_MULTIPART'],
    ['multipart/form-data', '--b--\r\n', 400, 'GLIMPSE_BAD_MULTIPART'],
    ['multipart/mixed; boundary=b', '--b--\r\n', 415, 'GLIMPSE_UNSUPPORTED_MEDIA_TYPE'],
    ['text/plain', 'x', 415, 'GLIMPSE_UNSUPPORTED_MEDIA_TYPE'],
    ['application/x-www-form-urlencoded', 'x', 415, 'GLIMPSE_UNSUPPORTED_MEDIA_TYPE'],
    ['image/png', 'x'.repeat(10_001), 413, 'GLIMPSE_BODY_TOO_LARGE'],
    ['application/json', '{"instances":[[1],[1],[1],[1]]}', 413, 'GLIMPSE_TOO_MANY_IMAGES'],
  ])('is refused: %s %.20j', async (type, body, status, code) => {
    const { url } = await open();
    const answer = await request(url).post('/').set('content-type', type).send(body).expect(status);
    expect(answer.body.code).toBe(code);
  });

  it.each([
    ['application/x-www-form-urlencoded', 'note=x', 'that holds form fields'],
    ['application/x-www-form-urlencoded', 'words only', 'that holds no image'],
    [
      'application/x-www-form-urlencoded',
      '\uFEFF {"instances": []}',
      'send JSON as application/json',
    ],
    ['application/octet-stream', '{"instances": []}', 'that holds JSON'],
    ['binary/octet-stream', '--b\r\ncontent-disposition: x', 'that holds a multipart form'],
  ])('is text under a type that says nothing, which is named: %s %j', async (type, body, words) => {
    const { url } = await open();
    const answer = await post(url, type, Buffer.from(body));
    expect([answer.status, answer.body.code]).toEqual([415, 'GLIMPSE_UNSUPPORTED_MEDIA_TYPE']);
    expect(answer.body.message).toContain(`${type} that holds`);
    expect(answer.body.message).toContain(words);
  });

  it('is JSON in another encoding than UTF-8, of which nothing is guessed', async () => {
    const { url } = await open();
    for (const body of [
      Buffer.from('{"instances":["\xff"]}', 'latin1'),
      Buffer.from('\uFEFF{}', 'utf16le'),
    ]) {
      const answer = await post(url, 'application/json', body);
      expect(answer.body).toMatchObject({ code: 'GLIMPSE_BAD_REQUEST' });
      expect(answer.body.message).toContain('not UTF-8');
    }
  });

  it('is a form with text only, and the refusal says what was probably meant', async () => {
    const { url } = await open();
    const answer = await request(url).post('/').field('image', 'digit.png').expect(400);
    expect(answer.body.message).toContain('curl -F image=@digit.png');
  });

  it('is a form in which no file was chosen', async () => {
    const { url } = await open();
    const answer = await request(url)
      .post('/')
      .set('content-type', 'multipart/form-data; boundary=b')
      .send(
        '--b\r\ncontent-disposition: form-data; name="image"; filename=""\r\n' +
          'content-type: application/octet-stream\r\n\r\n\r\n--b--\r\n',
      );
    expect(answer.body.code).toBe('GLIMPSE_NO_IMAGE');
  });

  it('is a form with more files than allowed, or an endless number of fields', async () => {
    const { url } = await open();
    const four = request(url).post('/');
    for (let i = 0; i < 4; i += 1) void four.attach('f', Buffer.from('x'), 'x.png');
    expect((await four).body.code).toBe('GLIMPSE_TOO_MANY_IMAGES');
    const fields = request(url).post('/').attach('f', Buffer.from('x'), 'x.png');
    for (let i = 0; i < 110; i += 1) void fields.field('t', 'x');
    expect((await fields).body.code).toMatch(/TOO_MANY_IMAGES|BODY_TOO_LARGE/);
  });

  it('is too large without announcing it', async () => {
    const { port } = await open();
    const answer = await raw(
      port,
      'POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: image/png\r\n' +
        `transfer-encoding: chunked\r\n\r\n${'1000\r\n'.concat('x'.repeat(4096), '\r\n').repeat(3)}0\r\n\r\n`,
    );
    expect(answer).toContain('413 Payload Too Large');
  });

  it('dribbles in past the deadline', async () => {
    const { port } = await open(80);
    const answer = await raw(
      port,
      'POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 100\r\n\r\nAB',
    );
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(answer).toContain('GLIMPSE_RECEIVE_TIMEOUT');
  });

  it('is cut half way by a client that leaves', async () => {
    const { port, told } = await open();
    await new Promise<void>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.write('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nAB', () => {
          setTimeout(() => socket.destroy(), 20);
        });
      });
      socket.on('close', () => resolve());
    });
    await expect.poll(() => told).toEqual(['GLIMPSE_CLIENT_CLOSED']);
  });
});

/** Sends raw bytes and gives everything that came back until the server closed. */
function raw(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    let answer = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => (answer += chunk));
    socket.on('close', () => resolve(answer)).on('error', reject);
  });
}
