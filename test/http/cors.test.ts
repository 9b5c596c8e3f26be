import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { composeServer, type Server } from '../../src/compose.ts';
import { readConfig } from '../../src/config.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { recordedLogger } from '../support/recorded-logs.ts';

const app = 'https://app.example.com';
const evil = 'https://evil.example';

function serving(origins: string): () => Server['app']['server'] {
  let server: Server;
  beforeAll(async () => {
    const config = readConfig({
      GLIMPSE_REPOSITORY: await temporaryFolder(),
      GLIMPSE_DATA_DIR: await temporaryFolder(),
      GLIMPSE_CORS_ORIGINS: origins,
    });
    server = await composeServer(config, recordedLogger());
    await server.app.ready();
  });
  afterAll(() => server.stop());
  return () => server.app.server;
}

const preflight = (server: Server['app']['server'], origin: string) =>
  request(server).options('/predict').set({ origin, 'access-control-request-method': 'POST' });

describe('CORS with an origin', () => {
  const server = serving(`${app}, https://other.example.com`);

  it('answers its preflight, and lets its pages read responses, refusals too', async () => {
    const response = await preflight(server(), app);
    expect(response.status).toBe(204);
    expect(response.headers).toMatchObject({
      'access-control-allow-origin': app,
      'access-control-allow-methods': expect.stringContaining('POST'),
      'access-control-allow-headers': expect.stringContaining('x-api-key'),
      'access-control-max-age': '600',
      vary: 'origin',
    });
    const refused = await request(server()).post('/predict').set({ origin: app });
    expect(refused.status).toBe(400);
    expect(refused.headers).toMatchObject({ 'access-control-allow-origin': app, vary: 'origin' });
  });

  it('lets its pages change something, and no other page', async () => {
    expect((await request(server()).get('/models').set({ origin: app })).status).toBe(200);
    expect((await request(server()).get('/models').set({ origin: evil })).status).toBe(403);
  });

  it('gives other origins no header, and refuses their preflight', async () => {
    const response = await preflight(server(), evil);
    expect(response.status).toBe(405);
    expect(response.headers).not.toHaveProperty('access-control-allow-origin');
  });
});

describe('CORS with any origin and no keys', () => {
  const server = serving('*');

  it('holds for predictions, never for what changes or reveals something', async () => {
    expect((await preflight(server(), evil)).headers['access-control-allow-origin']).toBe('*');
    expect((await request(server()).get('/models').set({ origin: evil })).status).toBe(403);
  });
});

describe('CORS by default', () => {
  const server = serving('');

  it('is off: no header, and OPTIONS is a method that no call has', async () => {
    const response = await preflight(server(), app);
    expect(response.status).toBe(405);
    expect(
      Object.keys(response.headers).filter((name) => /access-control|vary/.test(name)),
    ).toEqual([]);
  });
});
