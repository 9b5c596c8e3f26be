import { spawn, spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { createRandom } from '../src/random.ts';
import { startS3Server } from '../test/support/s3-server.ts';
import { checkFleet, type Accepted } from './fleet/check.ts';
import { freePort, startKept, type Kept } from './fleet/kept-process.ts';
import { measureHop } from './fleet/hop.ts';

/**
 * Three servers and two workers on one strict S3 server and one real Redis, of which one after the other is killed,
 * for minutes: no job may be lost, none published twice, and what they train has the bytes of the same trainings run alone.
 */
const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '300' },
    seed: { type: 'string', default: String(randomInt(1, 1e9)) },
    hop: { type: 'boolean', default: false },
  },
});
const root = join(import.meta.dirname, '..');
const cli = join(root, 'dist', 'cli.js');
if (spawnSync('redis-server', ['--version']).status !== 0) {
  console.error('NOT RUN: there is no redis-server here (Debian: apt-get install redis-server).');
  process.exit(1);
}
if (!existsSync(cli)) {
  console.error('NOT RUN: there is no dist/ here (npm run build).');
  process.exit(1);
}

const folder = await mkdtemp(join(tmpdir(), 'glimpse-fleet-'));
const s3 = await startS3Server();
const redisPort = await freePort();
const random = createRandom(Number(values.seed)).fork('fleet');
const chance = (below: number): number => random.integer(below);
console.log(`seed ${values.seed}, ${values.seconds} s`);

const inherited = Object.entries(process.env).filter(([key]) => !key.startsWith('GLIMPSE_'));
const shared = {
  ...Object.fromEntries(inherited),
  ...s3.env,
  GLIMPSE_HOST: '127.0.0.1',
  GLIMPSE_LOG_LEVEL: 'warn',
  GLIMPSE_S3_ENDPOINT: s3.endpoint,
  GLIMPSE_REPOSITORY: `s3://${s3.bucket}/fleet`,
  GLIMPSE_REDIS_URL: `redis://127.0.0.1:${redisPort}/0`,
  GLIMPSE_JOBS: 'bullmq',
  GLIMPSE_JOBS_STALL_MS: '3000',
  GLIMPSE_CHECKPOINT_INTERVAL_MS: '300',
  GLIMPSE_TRAIN_QUEUE_SIZE: '100',
  GLIMPSE_JOB_HISTORY: '1000',
  GLIMPSE_TRAIN_NICE: '0',
  GLIMPSE_DRAIN_DELAY_MS: '0',
};
const glimpse = async (name: string, word: 'serve' | 'worker', more = {}): Promise<Kept> => {
  const port = await freePort();
  const own = { GLIMPSE_PORT: String(port), GLIMPSE_DATA_DIR: join(folder, name) };
  const env = { ...shared, ...own, ...more };
  return startKept(name, port, () => spawn(process.execPath, [cli, word], { env, cwd: root }));
};
const redisFolder = join(folder, 'redis');
mkdirSync(redisFolder);
const redis = await startKept('redis', redisPort, () =>
  spawn(
    'redis-server',
    `--port ${redisPort} --bind 127.0.0.1 --dir ${redisFolder} --appendonly yes`.split(' '),
  ),
);
const servers = [await glimpse('server-1', 'serve'), await glimpse('server-2', 'serve')];
servers.push(await glimpse('server-3', 'serve'));
const workers = [await glimpse('worker-1', 'worker'), await glimpse('worker-2', 'worker')];
const own = { GLIMPSE_JOBS: 'local', GLIMPSE_REPOSITORY: join(folder, 'alone') };
const alone = await glimpse('alone', 'serve', own);
const everything = [redis, ...servers, ...workers, alone];
let isBroken = true;
try {
  await Promise.all(everything.slice(1).map((one) => one.answers()));
  if (values.hop) isBroken = await measureHop(alone, servers[0]!);
  else isBroken = await disturb();
} finally {
  for (const one of everything) one.stop();
  await s3.close();
  await sleep(300);
  await rm(folder, { recursive: true, force: true });
}
process.exit(isBroken ? 1 : 0);

/** Submits jobs and kills processes until the time is over, then looks at what has become of it all. */
async function disturb(): Promise<boolean> {
  const accepted: Accepted[] = [];
  const struck = new Map<string, number>();
  const until = performance.now() + Number(values.seconds) * 1_000;
  const submitting = (async () => {
    for (let number = 0; performance.now() < until; number += 1) {
      accepted.push(await submit(number));
      await sleep(4_000 + chance(4_000));
    }
  })();
  while (performance.now() < until) {
    await sleep(4_000 + chance(6_000));
    const what = strike();
    struck.set(what, (struck.get(what) ?? 0) + 1);
  }
  s3.clearFaults();
  await submitting;
  const disasters = [...struck].map(([what, times]) => `${what} ${times}`).join(', ');
  console.log(`${accepted.length} jobs accepted; ${disasters}`);
  return checkFleet({ accepted, servers, alone, objects: s3.objects });
}

/** Asks one server after the other until one has taken it: whoever got no answer asks again, with the same key. */
async function submit(number: number): Promise<Accepted> {
  const request = { model: 'fleet', epochs: 40, seed: 1 + chance(3) };
  for (;;) {
    const server = servers[chance(servers.length)]!;
    const answer = await server.post('/train', request, `fleet-${number}`).catch(() => undefined);
    if (answer?.id !== undefined) return { id: answer.id, seed: request.seed };
    await sleep(300);
  }
}

/** Does one of the things that happen, and says which. */
function strike(): string {
  const some = chance(10);
  if (some < 3) return workers[chance(workers.length)]!.kill();
  if (some < 5) return workers[chance(workers.length)]!.killChild();
  if (some < 7) return servers[chance(servers.length)]!.kill();
  if (some < 8) return redis.kill();
  const effects = [
    { kind: 'refuse', status: 503, code: 'SlowDown' },
    { kind: 'reset' },
    { kind: 'loseAnswer' },
  ] as const;
  s3.fault({ effect: effects[chance(effects.length)]!, times: 5 + chance(40) });
  return 's3 failing';
}
