import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import ort from 'onnxruntime-node';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createKey } from '../../src/access/api-key.ts';
import { changeKeyFile } from '../../src/access/key-file.ts';
import type { Scope } from '../../src/access/scopes.ts';
import { command } from '../../src/cli/export.ts';
import { registerSecret } from '../support/recorded-logs.ts';
import { runCommand } from '../support/run-command.ts';
import { closeServers, openServer, type TestServer } from '../support/server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { tinyScores } from '../support/tiny-version.ts';

const keys: Record<string, string> = {};
let server: TestServer;

beforeAll(async () => {
  const file = join(await temporaryFolder(), 'keys.json');
  const wanted: Record<string, Scope> = { exporter: 'export', reader: 'read' };
  const stored = Object.entries(wanted).map(([name, scope]) => {
    const made = createKey({ name, scopes: [scope], models: ['*'] }, new Date());
    keys[name] = made.text;
    registerSecret(made.text.split('_').slice(2).join('_'));
    return made.stored;
  });
  await changeKeyFile(file, () => stored);
  server = await openServer({ env: { GLIMPSE_KEYS_FILE: file } });
});
afterAll(closeServers);

const path = '/models/digits/versions/1/export';
const get = (query: string, key = 'exporter', headers = {}) =>
  request(server.url)
    .get(`${path}?${query}`)
    .set({ 'x-api-key': keys[key]!, ...headers })
    .buffer(true)
    .parse((response, done) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () => done(null, Buffer.concat(parts)));
    });

describe('GET /models/{model}/versions/{version}/export', () => {
  it('gives a graph that answers pixels as the server does, with its length, its name and an etag', async () => {
    const { status, headers, body } = await get('format=onnx');
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-length': String((body as Buffer).length),
      'content-disposition': 'attachment; filename="digits-1.onnx"',
      etag: expect.stringMatching(/^"[0-9a-f]{64}"$/) as string,
    });
    const session = await ort.InferenceSession.create(body as Buffer);
    const pixels = new ort.Tensor('uint8', Uint8Array.of(255, 0, 255, 0), [1, 2, 2, 1]);
    const { probabilities } = await session.run({ pixels });
    tinyScores('left').forEach((score, place) =>
      expect(Number(probabilities!.data[place])).toBeCloseTo(score, 5),
    );
    await session.release();
  });

  it('is not sent again to whoever has it, and HEAD tells of it without sending it', async () => {
    const { headers } = await get('format=zip');
    const again = await get('format=zip', 'exporter', { 'if-none-match': `W/${headers['etag']}` });
    expect({ status: again.status, length: (again.body as Buffer).length }).toEqual({
      status: 304,
      length: 0,
    });
    const other = await get('format=onnx', 'exporter', { 'if-none-match': headers['etag'] });
    expect(other.status).toBe(200);
    const head = await request(server.url)
      .head(`${path}?format=zip`)
      .set('x-api-key', keys['exporter']!);
    expect(head.status).toBe(200);
    for (const name of ['etag', 'content-length', 'content-type']) {
      expect(head.headers[name]).toBe(headers[name]);
    }
  });

  it('needs a scope of its own, and every call is in the audit log', async () => {
    expect((await get('format=zip', 'reader')).status).toBe(403);
    expect((await request(server.url).get(`${path}?format=zip`)).status).toBe(401);
    await get('format=zip');
    await expect
      .poll(async () => {
        const text = await readFile(join(server.folder, 'data', 'audit.ndjson'), 'utf8');
        return text
          .split('\n')
          .filter((line) => line.includes('/export'))
          .map((line) => JSON.parse(line) as { status: number; caller: { name: string } })
          .map(({ status, caller }) => `${caller.name} ${status}`);
      })
      .toEqual(expect.arrayContaining(['exporter 200', 'exporter 304', 'reader 403']));
  });

  it.each([
    ['format=tfjs', path, 422, 'GLIMPSE_EXPORT_UNSUPPORTED'],
    ['format=keras', path, 422, 'GLIMPSE_EXPORT_UNSUPPORTED'],
    ['format=pt', path, 400, 'GLIMPSE_INVALID_REQUEST'],
    ['format=zip', '/models/digits/versions/7/export', 404, 'GLIMPSE_VERSION_NOT_FOUND'],
  ])('answers %s of %s with %i', async (query, where, status, code) => {
    const answer = await request(server.url)
      .get(`${where}?${query}`)
      .set('x-api-key', keys['exporter']!);
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ error: { code } });
  });
});

describe('glimpse export', () => {
  it('writes the same file as the server, by a version or a label, and none where it cannot', async () => {
    const out = join(await temporaryFolder(), 'net.zip');
    const env = {
      GLIMPSE_REPOSITORY: join(server.folder, 'models'),
      GLIMPSE_DATA_DIR: server.folder,
    };
    const done = await runCommand(command, ['digits', '--format', 'zip', '--out', out], env);
    expect(done).toMatchObject({ code: 0 });
    expect(done.stdout).toContain('Wrote digits version 1 as zip');
    expect(await readFile(out)).toEqual((await get('format=zip')).body);
    const args = ['digits', '--format', 'keras', '--out', `${out}.keras`];
    const refused = await runCommand(command, args, env);
    expect(refused.code).toBeGreaterThan(0);
    expect(refused.stderr).toContain('GLIMPSE_EXPORT_UNSUPPORTED');
    await expect(readFile(`${out}.keras`)).rejects.toThrow('ENOENT');
  });
});
