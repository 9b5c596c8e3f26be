import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeServers, openServer, type TestServer } from '../support/server.ts';
import { tinyPixels, tinyPng } from '../support/tiny-version.ts';

let server: TestServer;
beforeAll(async () => {
  server = await openServer({ env: { GLIMPSE_BODY_LIMIT_BYTES: '100000' } });
});
afterAll(closeServers);

const json = (value: unknown) => Buffer.from(JSON.stringify(value));
const marked = (value: unknown) => Buffer.concat([Buffer.from('efbbbf', 'hex'), json(value)]);
/** Bytes as they are; supertest would write them as JSON or as form fields. */
async function send(method: string, path: string, body: Buffer, type = 'application/json') {
  const answer = await fetch(server.url + path, {
    method,
    headers: { 'content-type': type },
    body: Uint8Array.from(body),
  });
  return { status: answer.status, body: (await answer.json()) as Answered };
}
interface Answered {
  readonly predictions?: readonly { readonly label: string }[];
  readonly error?: { readonly code: string; readonly message: string };
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
    const { body } = await send('POST', '/predict', await tinyPng('left'), type);
    expect(body.predictions).toMatchObject([{ label: 'left' }]);
  });
});
