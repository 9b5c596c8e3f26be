import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openRepository } from '../../src/compose/open.ts';
import { readConfig } from '../../src/config.ts';
import { startS3Server, type S3Server } from '../../test/support/s3-server.ts';
import { startServerProcess } from '../../test/support/server-process.ts';
import { tinyDraft, tinyPng } from '../../test/support/tiny-version.ts';

/** How S3 is away: it breaks every connection, or answers no call before its caller has given up (10 s). */
const absences = {
  'breaks connections': { kind: 'reset' },
  'never answers': { kind: 'delay', ms: 12_000 },
} as const;

/** The longest from the start of the process to its first answer: the wait for S3, and a slow machine. */
const startLimitMs = 20_000;
/** The longest from the return of S3 until its labels are in force: the call under way ends, and two intervals. */
const returnLimitMs = 30_000;

interface Outcome {
  readonly held: boolean;
  readonly figures: string;
}

/** S3 goes away, the server is killed, and the next one starts on what is left on its disk. */
export const storeAway = {
  name: 'a restart while S3 is away',
  group: 'availability' as const,
  async run(): Promise<Outcome> {
    const folder = await mkdtemp(join(tmpdir(), 'glimpse-away-'));
    const s3 = await startS3Server();
    const env = settingsOf(folder, s3);
    const before = { ...process.env };
    Object.assign(process.env, s3.env);
    const publisher = openRepository(readConfig(env));
    const production = async (version: number): Promise<void> => {
      await publisher.setLabel({ model: 'digits', label: 'production', version });
    };
    try {
      for (const shift of [0, 1]) await publisher.publish(await tinyDraft({ shift }));
      const outcomes: Outcome[] = [];
      for (const [name, effect] of Object.entries(absences)) {
        await production(1);
        await ranBefore(env);
        s3.fault({ effect, times: 1e9 });
        const outcome = await restart(env, async () => {
          s3.clearFaults();
          await production(2);
        });
        outcomes.push({ ...outcome, figures: `S3 ${name}: ${outcome.figures}` });
      }
      return {
        held: outcomes.every(({ held }) => held),
        figures: outcomes.map(({ figures }) => figures).join('; '),
      };
    } finally {
      await publisher.close();
      process.env = before;
      await s3.close();
      await rm(folder, { recursive: true, force: true });
    }
  },
};

function settingsOf(folder: string, s3: S3Server): Record<string, string> {
  return {
    ...s3.env,
    GLIMPSE_HOST: '127.0.0.1',
    GLIMPSE_PORT: '0',
    GLIMPSE_REPOSITORY: `s3://${s3.bucket}/models`,
    GLIMPSE_DATA_DIR: join(folder, 'data'),
    GLIMPSE_S3_ENDPOINT: s3.endpoint,
    GLIMPSE_POLL_INTERVAL_MS: '1000',
  };
}

/** A server that has served version 1, and was killed. */
async function ranBefore(env: Record<string, string>): Promise<void> {
  const server = await start(env);
  await until(async () => (await server.predict()).version === 1, startLimitMs);
  await server.kill();
}

/** Starts while S3 is away, brings S3 back with another label, and ends the server. */
async function restart(
  env: Record<string, string>,
  bringBack: () => Promise<void>,
): Promise<Outcome> {
  const server = await start(env);
  try {
    const startMs = await until(async () => (await server.predict()).version === 1, startLimitMs);
    const { isStale } = await server.predict();
    await bringBack();
    const returnMs = await until(async () => {
      const { version, isStale } = await server.predict();
      return version === 2 && !isStale;
    }, returnLimitMs);
    const isHeld = startMs !== undefined && isStale && returnMs !== undefined;
    const figures = `first answer after ${inSeconds(startMs)}, ${isStale ? '' : 'not '}marked stale; the truth ${inSeconds(returnMs)} after its return`;
    return { held: isHeld, figures };
  } finally {
    await server.kill();
  }
}

async function start(env: Record<string, string>) {
  const server = startServerProcess(env);
  const listening = await server.line(({ msg }) => String(msg).startsWith('listening on '));
  const url = String(listening['msg']).slice('listening on '.length);
  const body = new Uint8Array(await tinyPng('left'));
  return {
    async predict(): Promise<{ version: number | undefined; isStale: boolean }> {
      const headers = { 'content-type': 'image/png' };
      const response = await fetch(`${url}/predict`, { method: 'POST', headers, body });
      const { version } = (await response.json()) as { version?: number };
      return { version, isStale: response.headers.has('glimpse-stale') };
    },
    async kill() {
      server.child.kill('SIGKILL');
      await server.ended;
    },
  };
}

/** Milliseconds until it held; undefined when that took too long. */
async function until(holds: () => Promise<boolean>, limitMs: number): Promise<number | undefined> {
  const from = performance.now();
  while (performance.now() - from < limitMs) {
    if (await holds()) return performance.now() - from;
    await delay(50);
  }
  return undefined;
}

function inSeconds(ms: number | undefined): string {
  return ms === undefined ? 'too long a time' : `${(ms / 1000).toFixed(1)} s`;
}
