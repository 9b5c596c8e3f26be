import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis, RedisOptions } from 'ioredis';
import { errors, messageOf } from '../../errors.ts';
import type { JobLaneName } from '../kinds/job-kind.ts';

/** A Redis as BullMQ needs one. */
export interface RedisPlace {
  /** redis:// or rediss://; may hold a password, so it is never told. */
  readonly url: string;
  /** What the names of all keys begin with: another one for every repository. */
  readonly prefix: string;
}

/** A connection that is made again whenever it breaks. */
export interface RedisConnection {
  readonly redis: Redis;
  /** Why nothing can be asked of it now; undefined when it answers and may be used. */
  problem(): string | undefined;
  /** Waits a moment for a connection. GLIMPSE_JOBS_UNAVAILABLE. */
  ready(): Promise<void>;
  close(): void;
}

/** A Redis that answers does so long before. */
const ANSWER_MS = 5_000;
const CONNECT_MS = 2_000;
/** A connection that broke is usually there again soon. */
const WAIT_MS = 1_000;
const LEAVE_MS = 1_000;

/** The packages, which are loaded where jobs go over a Redis and nowhere else. GLIMPSE_JOBS_UNAVAILABLE. */
export async function loadBullmq(): Promise<
  Pick<typeof import('ioredis'), 'Redis'> & typeof import('bullmq')
> {
  try {
    const [ioredis, bullmq] = await Promise.all([import('ioredis'), import('bullmq')]);
    const { Redis } = exportsOf(ioredis);
    return { Redis, ...exportsOf(bullmq) };
  } catch (error) {
    const reason = `the packages bullmq and ioredis are not installed (${messageOf(error)})`;
    throw new errors.GLIMPSE_JOBS_UNAVAILABLE(reason);
  }
}

/** What a package exports: inside of a bundle one of the other kind of modules is the default of its chunk. */
function exportsOf<Package>(module: Package): Package;
function exportsOf(module: { readonly default?: unknown }): unknown {
  return module.default ?? module;
}

/** For commands that answer at once: they fail where a connection would have to be waited for. */
export const commandOptions: RedisOptions = {
  enableOfflineQueue: false,
  maxRetriesPerRequest: 1,
  commandTimeout: ANSWER_MS,
};
/** For commands that wait for work. */
export const waitingOptions: RedisOptions = { maxRetriesPerRequest: null };

/** Connects, and goes on trying; `onProblem` is told when it is away or not fit for jobs, once until that changes. */
export function connectRedis(
  RedisClient: typeof Redis,
  { url }: RedisPlace,
  options: RedisOptions,
  onProblem: (problem: string) => void,
): RedisConnection {
  const redis = new RedisClient(url, {
    ...options,
    connectTimeout: CONNECT_MS,
    retryStrategy: (times) => Math.min(times * 100, 2_000),
  });
  let unfit: string | undefined = notAsked;
  let away: string | undefined = 'Redis (GLIMPSE_REDIS_URL) does not answer';
  let told: string | undefined;
  const tell = (): void => {
    const now = away ?? unfit;
    if (now !== undefined && now !== told) onProblem(now);
    told = now;
  };
  const examine = async (): Promise<void> => {
    unfit = await whyUnfit(redis);
    tell();
  };
  redis.on('ready', () => {
    away = undefined;
    void examine();
  });
  redis.on('error', (error) => {
    away = `Redis (GLIMPSE_REDIS_URL) does not answer: ${reasonOf(error)}`;
    tell();
  });
  redis.on('close', () => {
    away ??= 'Redis (GLIMPSE_REDIS_URL) has closed the connection';
  });
  const problem = (): string | undefined => away ?? unfit;
  const mayChange = (): boolean => away !== undefined || unfit === notAsked;
  return {
    redis,
    problem,
    async ready() {
      const until = performance.now() + WAIT_MS;
      while (mayChange() && performance.now() < until) await sleep(20);
      const why = problem();
      if (why !== undefined) throw new errors.GLIMPSE_JOBS_UNAVAILABLE(why);
    },
    close: () => redis.disconnect(),
  };
}

const notAsked = 'Redis (GLIMPSE_REDIS_URL) was not asked yet whether it evicts keys';

/** Closes what stands on a connection; without a Redis there is nobody to take leave of. */
export async function leave(parts: readonly { close(): Promise<void> }[]): Promise<void> {
  const left = Promise.allSettled(parts.map((one) => one.close()));
  await Promise.race([left, sleep(LEAVE_MS, undefined, { ref: false })]);
}

/** A Redis that evicts keys loses jobs without a word. */
async function whyUnfit(redis: Redis): Promise<string | undefined> {
  try {
    const policy = /^maxmemory_policy:(\S+)/m.exec(await redis.info('memory'))?.[1];
    if (policy === undefined || policy === 'noeviction') return undefined;
    return `Redis (GLIMPSE_REDIS_URL) evicts keys, and would lose jobs: its maxmemory-policy is ${policy}, and has to be noeviction`;
  } catch (error) {
    return `Redis (GLIMPSE_REDIS_URL) cannot be asked whether it evicts keys: ${reasonOf(error)}`;
  }
}

/** What a failed command says, without the address, which may hold a password. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join(', ');
  return messageOf(error).replaceAll(/rediss?:\/\/\S+/g, 'its address');
}

/** What the queue of a lane is called. */
export const queueOf = (lane: JobLaneName): string => `jobs-${lane}`;

/** BullMQ takes no id for one that looks like a number. */
export const ticketIdOf = (job: string): string => `job-${job}`;
export const jobIdOf = (ticketId: string): string => ticketId.replace(/^job-/, '');
