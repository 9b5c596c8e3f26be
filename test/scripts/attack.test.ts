import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { allRefused, trespass } from '../../scripts/attack/attack.ts';
import type { Observation } from '../../scripts/attack/observe.ts';
import { problemsOf, tableOf } from '../../scripts/attack/trial.ts';
import { loopbackOrigin } from '../../scripts/attack/wire.ts';

const quiet: Observation = {
  probes: 30,
  livezMaxMs: 4,
  livezP99Ms: 4,
  goodPerSecond: 20,
  maxBytes: 200 * 2 ** 20,
  maxBytesWithChildren: 200 * 2 ** 20,
};

describe('npm run test:attack', () => {
  it.each([
    'http://10.0.0.1:8080',
    'http://example.com',
    'https://127.0.0.1:8080',
    'http://127.0.0.1.example.com',
    'http://127.0.0.1@example.com',
    'http://localhost.example.com',
    'http://0.0.0.0:8080',
  ])('does not attack %s', (url) => expect(loopbackOrigin(url)).toBeUndefined());

  it.each(['http://127.0.0.1:8080', 'http://localhost:1', 'http://[::1]:8080'])(
    'attacks %s, which is on this machine',
    (url) => expect(loopbackOrigin(`${url}/predict`)).toBe(url),
  );

  it('holds a server to its /livez, to the goodput of others and to its memory', () => {
    expect(problemsOf(quiet, quiet, 5_000)).toEqual([]);
    const changed = (changes: Partial<Observation>): string[] =>
      problemsOf({ ...quiet, ...changes }, quiet, 5_000);
    expect(changed({ livezMaxMs: 101 })).toEqual(['/livez took 101 ms']);
    expect(changed({ goodPerSecond: 15.8 })).toEqual(['others got 79 % of their answers']);
    expect(changed({ maxBytes: 513 * 2 ** 20 })).toEqual(['memory above the budget']);
  });

  it('does not hold a slow machine against a server', () => {
    const slow = { ...quiet, livezMaxMs: 200, goodPerSecond: 5 };
    expect(problemsOf({ ...slow, livezMaxMs: 290, goodPerSecond: 4.5 }, slow, 5_000)).toEqual([]);
  });

  it('notices a call that is answered, and a refusal that is not counted', async () => {
    const metrics = 'glimpse_errors_total{code="GLIMPSE_FORBIDDEN"} 7\n';
    const server = createServer(({ url }, response) => {
      if (url === '/metrics') response.end(metrics);
      else if (url === '/open') response.end('{}');
      else response.writeHead(403).end('{"error":{"code":"GLIMPSE_FORBIDDEN"}}');
    });
    onTestFinished(() => void server.close());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { held, figures } = await allRefused(url, [
      trespass(url, 'an open call', { path: '/open' }, [403]),
      trespass(url, 'a closed call', { path: '/closed' }, [403]),
    ]);
    expect(held).toBe(false);
    expect(figures).toMatch(/an open call: 200; GLIMPSE_FORBIDDEN not counted/);
  });

  it('prints a table in Markdown', () => {
    const attack = {
      name: 'a | b',
      group: 'keys',
      run: async () => ({ held: true, figures: '' }),
    } as const;
    const table = tableOf([{ attack, verdict: 'held', figures: '3x401 | 2x403' }]);
    const rows = table.split('\n');
    expect(rows).toHaveLength(3);
    expect(rows[2]).toContain('3x401 / 2x403');
  });
});
