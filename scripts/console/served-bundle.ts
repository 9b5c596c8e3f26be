import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../src/package.ts';
import { freePort } from '../foreign/server.ts';
import { copyFirstVersion } from '../first-version.ts';

/** Lets `use` ask the built server, started as its users start it, with a copy of the shipped model and all that it writes in a folder of its own. */
export async function withServedBundle(use: (url: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'glimpse-console-'));
  await copyFirstVersion(join(folder, 'models'));
  const port = await freePort();
  const server = spawn(process.execPath, [join(packageRoot, 'dist', 'main.js')], {
    cwd: packageRoot,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      ...process.env,
      GLIMPSE_HOST: '127.0.0.1',
      GLIMPSE_PORT: String(port),
      GLIMPSE_REPOSITORY: join(folder, 'models'),
      GLIMPSE_DATA_DIR: join(folder, 'data'),
      GLIMPSE_DATASET_ROOT: join(folder, 'datasets'),
      GLIMPSE_MNIST_DIR: join(folder, 'mnist'),
      GLIMPSE_PREDICTION_LOG: join(folder, 'predictions'),
      GLIMPSE_PREDICTION_LOG_IMAGES: 'all',
      GLIMPSE_PREDICTION_LOG_FLUSH_MS: '200',
      GLIMPSE_LOG_LEVEL: 'error',
    },
  });
  try {
    const url = `http://localhost:${port}`;
    await untilReady(url);
    await use(url);
  } finally {
    server.kill('SIGTERM');
    if (server.exitCode === null) await once(server, 'exit');
    await rm(folder, { recursive: true, force: true });
  }
}

async function untilReady(url: string): Promise<void> {
  for (let attempt = 0; attempt < 600; attempt += 1) {
    const isReady = await fetch(`${url}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isReady) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('the server is not ready after a minute');
}
