import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { composeServer } from '../../src/compose.ts';
import { readConfig } from '../../src/config.ts';
import { copyFirstVersion } from '../first-version.ts';

/**
 * Lets `use` ask a real server of its own on 127.0.0.1, which serves a copy of the shipped model, keeps all it writes
 * in a folder of its own, and is stopped afterwards.
 */
export async function withServer<Result>(
  use: (url: string) => Promise<Result>,
  settings: Readonly<Record<string, string>> = {},
): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'glimpse-foreign-'));
  await copyFirstVersion(join(folder, 'models'));
  const config = readConfig({
    GLIMPSE_REPOSITORY: join(folder, 'models'),
    GLIMPSE_DATA_DIR: join(folder, 'data'),
    ...settings,
  });
  const server = await composeServer(config, pino({ level: 'error' }, process.stderr));
  try {
    const url = await server.app.listen({ host: '127.0.0.1', port: 0 });
    await server.listenForGrpc();
    await server.start();
    await untilReady(url);
    return await use(url);
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function untilReady(url: string): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt += 1) {
    const { ok } = await fetch(`${url}/readyz`);
    if (ok) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('the server is not ready after half a minute');
}

/** A port of 127.0.0.1 that nobody has just now. */
export async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('there is no free port');
  return address.port;
}
