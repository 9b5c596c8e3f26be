import { join } from 'node:path';
import type { InjectOptions } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createKey } from '../../../src/access/api-key.ts';
import { changeKeyFile } from '../../../src/access/key-file.ts';
import { composeServer, type Server } from '../../../src/compose.ts';
import { readConfig } from '../../../src/config.ts';
import { accessOf, type RouteAccess } from '../../../src/http/access/route-access.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { recordedLogger } from '../../support/recorded-logs.ts';

interface Call {
  readonly name: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly url: string;
  readonly access: RouteAccess;
  readonly security: unknown;
  readonly documented: readonly number[];
}

const keys: Record<string, string> = {};
let servers: Server[] = [];
let calls: Call[] = [];

beforeAll(async () => {
  const folder = await temporaryFolder();
  const made = [
    createKey({ name: 'all', scopes: ['admin'], models: ['*'] }, new Date()),
    createKey({ name: 'foreign', scopes: ['predict'], models: ['shop-*'] }, new Date()),
    createKey(
      {
        name: 'spent',
        scopes: ['admin'],
        models: ['*'],
        budget: { requestsPerMinute: 1 },
      },
      new Date(),
    ),
  ];
  for (const { stored, text } of made) keys[stored.name] = text;
  const file = join(folder, 'keys.json');
  await changeKeyFile(file, () => made.map(({ stored }) => stored));
  const open = (env: Record<string, string>) =>
    composeServer(
      readConfig({ GLIMPSE_REPOSITORY: 'memory:', GLIMPSE_DATA_DIR: folder, ...env }),
      recordedLogger(),
    );
  servers = [
    await open({ GLIMPSE_KEYS_FILE: file }),
    await open({ GLIMPSE_KEYS_FILE: file, GLIMPSE_ADMIN_PORT: '1' }),
  ];
  const { app } = servers[0]!;
  await app.ready();
  calls = callsOf((await app.inject('/openapi.json')).json());
});
afterAll(() => Promise.all(servers.map((server) => server.stop())));

const values: Record<string, string> = { version: '1', digest: '00000000' };

/** The calls of a contract, with something for every parameter of the path. */
function callsOf(contract: { paths?: object }): Call[] {
  type Described = { security?: unknown; responses: object };
  return Object.entries<Record<string, Described>>({ ...contract.paths }).flatMap(
    ([path, operations]) =>
      Object.entries(operations).map(([verb, { security, responses }]) => {
        const method = verb.toUpperCase() as Call['method'];
        // A verb behind a parameter is a colon twice, and an expression ends the parameter.
        const route = path.replace(/\}:(\w+)$/, '}([^:]+)::$1').replaceAll(/\{(\w+)\}/g, ':$1');
        return {
          name: `${method} ${path}`,
          method,
          url: path.replaceAll(/\{(\w+)\}/g, (_, name: string) => values[name] ?? 'digits'),
          access: accessOf(method, route)!,
          security,
          documented: Object.keys(responses).map(Number),
        };
      }),
  );
}

const isGuarded = ({ access }: Call): boolean => access !== 'open';
const isManagement = ({ access }: Call): boolean => access !== 'open' && access !== 'predict';
const hasBody = ({ method }: Call): boolean => method !== 'GET';
const as = (name: string, more: object = {}) => ({
  headers: { 'x-api-key': keys[name]!, ...more },
});
const unknownKey = `glimpse_${'a'.repeat(12)}_${'b'.repeat(43)}`;

/** What every call of a kind is refused with, and how to have it refused. */
const refusals: [string, (call: Call) => boolean, number, () => InjectOptions][] = [
  ['nobody', isGuarded, 401, () => ({})],
  [
    'an unknown key',
    isGuarded,
    401,
    () => ({ headers: { authorization: `Bearer ${unknownKey}` } }),
  ],
  ['a key that may not', isGuarded, 403, () => as('foreign')],
  ['a page of somebody else', isManagement, 403, () => as('all', { origin: 'http://evil.test' })],
  ['a name of somebody else', isManagement, 403, () => as('all', { host: 'evil.test' })],
  ['a caller without a budget left', isGuarded, 429, () => as('spent')],
  ['an expectation', () => true, 417, () => as('all', { expect: 'a miracle' })],
  [
    'a body of no known type',
    hasBody,
    415,
    () => ({ ...as('all', { 'content-type': 'audio/ogg' }), payload: 'la' }),
  ],
  [
    'a body that is too large',
    // A model that is sent is no JSON, which is refused as such before its length.
    (call) => hasBody(call) && call.access !== 'predict' && !call.name.endsWith('/versions'),
    413,
    () => ({
      ...as('all', { 'content-type': 'application/json' }),
      payload: `"${'x'.repeat(1024 * 1024)}"`,
    }),
  ],
];

describe('what the contract says of callers', () => {
  it.each(refusals)('documents that %s is refused', async (_, isMeant, status, options) => {
    const { app } = servers[0]!;
    if (status === 429) await app.inject({ method: 'GET', url: '/models', ...options() });
    const meant = calls.filter(isMeant);
    expect(meant.length).toBeGreaterThan(3);
    for (const { name, method, url, documented } of meant) {
      const response = await app.inject({ method, url, ...options() });
      expect(response.statusCode, name).toBe(status);
      expect(documented, name).toContain(status);
    }
  });

  it('documents that management is not found on the other port', async () => {
    for (const { name, method, url, documented } of calls.filter(isManagement)) {
      const response = await servers[1]!.app.inject({ method, url, ...as('all') });
      expect(response.statusCode, name).toBe(404);
      expect(documented, name).toContain(404);
    }
  });

  it('documents for all calls what is refused before there is a route', () => {
    for (const { name, documented } of calls) {
      expect(documented, name).toEqual(expect.arrayContaining([400, 408, 417, 431, 500]));
    }
  });

  it('asks for one of three credentials, for none where everybody may, and where that is a setting says both', () => {
    const one = [{ apiKey: [] }, { bearerKey: [] }, { bearerToken: [] }];
    for (const { name, access, security } of calls) {
      const expected = { open: [], predict: [...one, {}] }[access as string] ?? one;
      expect(security, name).toEqual(expected);
    }
  });

  it('documents no refusal of the guard for calls that it lets everybody make', async () => {
    for (const { name, url, documented } of calls.filter((call) => !isGuarded(call))) {
      expect(documented, name).not.toEqual(expect.arrayContaining([401]));
      const { statusCode } = await servers[0]!.app.inject({ url, headers: { host: 'evil.test' } });
      expect([200, 503], name).toContain(statusCode);
    }
  });
});
