import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import sharp from 'sharp';
import { packageRoot } from '../src/package.ts';
import { agent, ask, withBoth } from './beanstalk/behind-nginx.ts';
import { MissingTool, run } from './foreign/run.ts';

/**
 * `npm run test:beanstalk`: puts a real nginx with the settings of deploy/beanstalk in front of a real Glimpse: large bodies, refusals, idle
 * connections that both sides would close, and a stop under load, in which nobody may get a 502.
 */
let failures = 0;
function check(claim: string, isTrue: boolean, found: unknown): void {
  if (!isTrue) failures += 1;
  console.log(
    `${isTrue ? 'ok   ' : 'FAIL '} ${claim}${isTrue ? '' : `: ${JSON.stringify(found)}`}`,
  );
}

async function main(): Promise<void> {
  await run('nginx', ['-v']);
  await run('npm', ['run', '--silent', 'build'], { cwd: packageRoot });
  const folder = await mkdtemp(join(tmpdir(), 'glimpse-beanstalk-'));
  await chmod(folder, 0o777);
  try {
    await tryBodies(join(folder, 'bodies'));
    await tryIdleConnections(join(folder, 'idle'));
    await tryStop(join(folder, 'stop'));
  } finally {
    agent.destroy();
    await rm(folder, { recursive: true, force: true });
  }
  console.log(`test:beanstalk: ${failures === 0 ? 'all is right' : `${failures} failed`}`);
  if (failures > 0) process.exitCode = 1;
}

async function tryBodies(folder: string): Promise<void> {
  await withBoth(folder, {}, async (url) => {
    const digit = await readFile(join(packageRoot, 'samples/golden/7.png'));
    const small = await ask(`${url}/predict`, 'image/png', digit);
    check(
      'an image is answered',
      small.status === 200 && small.body.includes('"label":"7"'),
      small,
    );
    const noise = { width: 2600, height: 2600, channels: 1 as const };
    const page = await sharp({
      create: {
        ...noise,
        channels: 3,
        background: 'white',
        noise: { type: 'gaussian', mean: 128, sigma: 60 },
      },
    })
      .greyscale()
      .png()
      .toBuffer();
    const { type, body } = formOf([page, page]);
    const megabytes = (body.length / 1e6).toFixed(0);
    const large = await ask(`${url}/predict`, type, body);
    check(
      `a form of ${megabytes} MB, which is more than 20, is answered`,
      body.length > 20e6 && large.status === 200,
      large,
    );
    const tooLarge = await ask(`${url}/predict`, 'image/png', Buffer.alloc(40 * 1024 * 1024));
    check(
      'what Glimpse does not take is refused by Glimpse, not by nginx',
      tooLarge.status === 413 && tooLarge.body.includes('GLIMPSE_'),
      tooLarge,
    );
    const foreign = await ask(`${url}/train`, 'application/json', Buffer.from('{}'));
    check(
      'whoever comes through nginx has no more rights than its key gives',
      [401, 403].includes(foreign.status),
      foreign,
    );
  });
  const [log = ''] = await readdir(join(folder, 'healthd'));
  const lines = await readFile(join(folder, 'healthd', log), 'utf8');
  check(
    'the log of enhanced health has a line for each request',
    /^application\.log\.\d{4}-\d\d-\d\d-\d\d$/.test(log) &&
      /^[\d.]+"\/predict"200"[\d.]+"[\d.]+"/m.test(lines),
    { log, lines: lines.slice(0, 500) },
  );
}

/** Of an idle connection nginx lets go first; were it Glimpse, a request sent in that moment would end in a 502. */
async function tryIdleConnections(folder: string): Promise<void> {
  const idle = { GLIMPSE_KEEP_ALIVE_TIMEOUT_MS: '1300' };
  await withBoth(
    folder,
    idle,
    async (url) => {
      const digit = await readFile(join(packageRoot, 'samples/golden/7.png'));
      const statuses: number[] = [];
      for (let pause = 900; pause <= 1500; pause += 50) {
        const answers = await Promise.all(
          Array.from({ length: 16 }, () => ask(`${url}/predict`, 'image/png', digit)),
        );
        statuses.push(...answers.map(({ status }) => status));
        await sleep(pause);
      }
      const others = statuses.filter((status) => status !== 200);
      check(
        `${statuses.length} requests around the end of idle connections are all answered`,
        others.length === 0,
        others,
      );
    },
    1,
  );
}

/** As a load balancer: it sends until the health check fails, and nobody who was sent there may notice the stop. */
async function tryStop(folder: string): Promise<void> {
  const settings = { GLIMPSE_DRAIN_DELAY_MS: '3000' };
  await withBoth(folder, settings, async (url, glimpse) => {
    const digit = await readFile(join(packageRoot, 'samples/golden/7.png'));
    const statuses = new Map<number, number>();
    const outOfService = new AbortController();
    const send = async (): Promise<void> => {
      while (!outOfService.signal.aborted) {
        const { status } = await ask(`${url}/predict`, 'image/png', digit).catch(() => ({
          status: 0,
        }));
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
    };
    const senders = Array.from({ length: 32 }, send);
    await sleep(2000);
    const stopped = performance.now();
    const exit = new Promise<number | null>((resolve) =>
      glimpse.once('close', (code) => resolve(code)),
    );
    glimpse.kill('SIGTERM');
    for (let failed = 0; failed < 3; await sleep(300)) {
      const { status } = await ask(`${url}/readyz`).catch(() => ({ status: 0 }));
      failed = status === 200 ? 0 : failed + 1;
    }
    outOfService.abort();
    await Promise.all(senders);
    const code = await exit;
    const total = [...statuses.values()].reduce((sum, count) => sum + count, 0);
    const seconds = ((performance.now() - stopped) / 1000).toFixed(1);
    check(
      `a stop under load: all of ${total} requests are answered with 200, no 502`,
      statuses.get(200) === total,
      [...statuses],
    );
    check(`Glimpse ends by itself with 0, ${seconds} s after it was told`, code === 0, code);
  });
}

function formOf(files: readonly Buffer[]): { type: string; body: Buffer } {
  const boundary = 'glimpse-form';
  const parts = files.flatMap((file, index) => [
    Buffer.from(
      `--${boundary}\r\ncontent-disposition: form-data; name="image"; filename="${index}.png"\r\ncontent-type: image/png\r\n\r\n`,
    ),
    file,
    Buffer.from('\r\n'),
  ]);
  return {
    type: `multipart/form-data; boundary=${boundary}`,
    body: Buffer.concat([...parts, Buffer.from(`--${boundary}--\r\n`)]),
  };
}

try {
  await main();
} catch (error) {
  const isMissing = error instanceof MissingTool;
  console.log(
    `nginx: ${isMissing ? 'NOT RUN, ' : ''}${String(error)} (Debian: apt-get install nginx-light)`,
  );
  if (!isMissing) process.exitCode = 1;
}
