import { spawn } from 'node:child_process';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { compiled } from './support/programs.ts';

const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** A stand-in for the server: answers /livez as told, on a free port of the loopback. */
async function serverThat(listener: RequestListener): Promise<number> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return (server.address() as AddressInfo).port;
}

/** Runs the check as the container does, and gives its exit code and what it said. */
function check(environment: Record<string, string>): Promise<{ code: number; said: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [compiled('healthcheck')], {
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    child.on('close', (code) => resolve({ code: code ?? -1, said }));
  });
}

describe('the health check', () => {
  it('is content with a server that answers /livez', async () => {
    const asked: (string | undefined)[] = [];
    const port = await serverThat((request, answer) => {
      asked.push(request.url);
      answer.end('{}');
    });
    expect(await check({ GLIMPSE_PORT: String(port) })).toEqual({ code: 0, said: '' });
    expect(asked).toEqual(['/livez']);
  });

  it('fails, and says why, when /livez answers an error', async () => {
    const port = await serverThat((_request, answer) => {
      answer.writeHead(500).end();
    });
    const { code, said } = await check({ GLIMPSE_PORT: String(port) });
    expect(code).toBe(1);
    expect(said).toContain('answered 500');
  });

  it('fails when nothing listens', async () => {
    const port = await serverThat(() => undefined);
    await new Promise((resolve) => servers.pop()!.close(resolve));
    const { code, said } = await check({ GLIMPSE_PORT: String(port) });
    expect(code).toBe(1);
    expect(said).toContain('ECONNREFUSED');
  });

  it('gives up on a server that takes the connection and never answers', async () => {
    const port = await serverThat(() => undefined);
    const { code, said } = await check({ GLIMPSE_PORT: String(port) });
    expect(code).toBe(1);
    expect(said).toContain('no answer');
  });

  it('asks the one address a server is bound to', async () => {
    const port = await serverThat((_request, answer) => answer.end());
    const environment = { GLIMPSE_PORT: String(port), GLIMPSE_HOST: 'localhost' };
    expect((await check(environment)).code).toBe(0);
  });

  it('refuses a port that is none', async () => {
    expect((await check({ GLIMPSE_PORT: 'eighty' })).code).not.toBe(0);
  });
});
