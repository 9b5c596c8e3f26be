import { spawn, type ChildProcess } from 'node:child_process';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { packageRoot } from '../../src/package.ts';
import { run } from '../foreign/run.ts';
import { freePort } from '../foreign/server.ts';

/** What was answered. */
export interface Answer {
  readonly status: number;
  readonly body: string;
}

export const agent = new Agent({ keepAlive: true, maxSockets: 64 });

/** Asks over connections that are kept. */
export function ask(url: string, type?: string, body?: Buffer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers =
      type === undefined ? {} : { 'content-type': type, 'content-length': body!.length };
    const call = request(url, { method: body ? 'POST' : 'GET', headers, agent }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (piece: string) => (text += piece));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }));
      response.on('error', reject);
    });
    call.on('error', reject).end(body);
  });
}

/** nginx with the settings of the bundle; only places, ports and times that a test cannot wait for are others. */
async function withNginx(
  folder: string,
  ports: { readonly own: number; readonly glimpse: number },
  use: (url: string) => Promise<void>,
  idleSeconds = 60,
): Promise<void> {
  const settings = await readFile(
    join(packageRoot, 'deploy/beanstalk/.platform/nginx/nginx.conf'),
    'utf8',
  );
  const changed = settings
    .replace('user nginx;', 'daemon off;')
    .replace('listen 80 ', `listen 127.0.0.1:${ports.own} `)
    .replace('server 127.0.0.1:8080;', `server 127.0.0.1:${ports.glimpse};`)
    .replace('keepalive_timeout 60s;', `keepalive_timeout ${idleSeconds}s;`)
    .replaceAll('/var/log/nginx/', `${folder}/`)
    .replace('/var/run/nginx.pid', `${folder}/nginx.pid`);
  await mkdir(join(folder, 'healthd'), { recursive: true });
  // Where a log has a name of its own for every hour, the folder of pages must be there.
  await mkdir(join(folder, 'html'), { recursive: true });
  // Its workers give up being root.
  await chmod(folder, 0o777);
  await chmod(join(folder, 'healthd'), 0o777);
  const file = join(folder, 'nginx.conf');
  await writeFile(file, changed);
  await run('nginx', ['-t', '-c', file, '-p', folder]);
  const nginx = spawn('nginx', ['-c', file, '-p', folder], { stdio: 'inherit' });
  try {
    const url = `http://127.0.0.1:${ports.own}`;
    await until(() => ask(`${url}/livez`).then(({ status }) => status === 200));
    await use(url);
  } finally {
    await ended(nginx, 'SIGQUIT');
  }
}

function startGlimpse(
  folder: string,
  port: number,
  settings: Record<string, string> = {},
): ChildProcess {
  return spawn(process.execPath, [join(packageRoot, 'dist', 'main.js')], {
    stdio: 'ignore',
    env: {
      ...process.env,
      GLIMPSE_HOST: '127.0.0.1',
      GLIMPSE_PORT: String(port),
      GLIMPSE_DATA_DIR: join(folder, 'data'),
      GLIMPSE_REPOSITORY: join(packageRoot, 'models'),
      GLIMPSE_OPEN_PREDICT: '1',
      ...settings,
    },
  });
}

/** Has a Glimpse of its own and nginx before it, for as long as `use` takes. */
export async function withBoth(
  folder: string,
  settings: Record<string, string>,
  use: (url: string, glimpse: ChildProcess) => Promise<void>,
  idleSeconds?: number,
): Promise<void> {
  await mkdir(folder);
  const ports = { own: await freePort(), glimpse: await freePort() };
  const glimpse = startGlimpse(folder, ports.glimpse, settings);
  try {
    await until(() =>
      ask(`http://127.0.0.1:${ports.glimpse}/readyz`).then(({ status }) => status === 200),
    );
    await withNginx(folder, ports, (url) => use(url, glimpse), idleSeconds);
  } finally {
    await ended(glimpse, 'SIGKILL');
  }
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt += 1) {
    if (await isSo().catch(() => false)) return;
    await sleep(100);
  }
  throw new Error('a server does not answer after half a minute');
}

async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = new Promise((resolve) => child.once('close', resolve));
  child.kill(signal);
  await closed;
}
