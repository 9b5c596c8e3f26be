import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeServers, openServer, type TestServer } from '../support/server.ts';
import { tinyDraft } from '../support/tiny-version.ts';

describe('a server that loads by calls', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await openServer({
      versions: [await tinyDraft({ label: 'production' }), await tinyDraft()],
      env: { GLIMPSE_MODEL_CONTROL: 'explicit', GLIMPSE_KEEP_VERSIONS: '1' },
    });
  });
  afterAll(closeServers);

  const states = async (path: string, status = 200) => {
    const { body } = await request(server.url).post(path).expect(status);
    return status === 200
      ? body.versions.map(({ state }: { state: string }) => state)
      : body.error.code;
  };

  it('unloads and loads a version, and all of a model', async () => {
    expect(await states('/models/digits/versions/1/unload')).toEqual(['UNLOADED', 'READY']);
    const refused = await request(server.url).get('/readyz').expect(503);
    expect(refused.body.reasons[0]).toContain('version 1, which is UNLOADED');
    expect(await states('/models/digits/versions/1/load')).toEqual(['READY', 'READY']);
    expect(await states('/models/digits/unload')).toEqual(['UNLOADED', 'UNLOADED']);
    expect(await states('/models/digits/load')).toEqual(['READY', 'READY']);
    await request(server.url).get('/readyz').expect(200);
    expect(await states('/models/none/load', 404)).toBe('GLIMPSE_MODEL_NOT_FOUND');
    expect(await states('/models/digits/versions/9/unload', 404)).toBe('GLIMPSE_VERSION_NOT_FOUND');
  });
});
