/**
 * npm run bench:models: what many models in one repository cost. For 1, 100 and 1000 models and for 10,000 versions of one, on a
 * disk and on an S3 server of the tests: the start of a server until it is ready, a poll of everything and of the labels
 * with the S3 requests for them; then models asked for one after the other within a limit of bytes. Writes its part of
 * bench/RESULTS.md.
 *   --quick  fewer and smaller, and RESULTS.md is left alone
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { pino } from 'pino';
import { composeServer, type Server } from '../src/compose.ts';
import { openRepository } from '../src/compose/open.ts';
import { readConfig } from '../src/config.ts';
import type { KnownModel } from '../src/registry/known-model.ts';
import { createRepositoryPolls } from '../src/registry/polling/repository-polls.ts';
import { etagOf } from '../test/support/s3/objects.ts';
import { startS3Server, type S3Server } from '../test/support/s3-server.ts';
import { tinyDraft, tinyPng } from '../test/support/tiny-version.ts';
import { origin, table, writePart } from './results.ts';

const { values: flags } = parseArgs({ options: { quick: { type: 'boolean', default: false } } });

interface Shape {
  readonly models: number;
  readonly versions: number;
}
const shapes: readonly Shape[] = flags.quick
  ? [
      { models: 1, versions: 1 },
      { models: 50, versions: 1 },
    ]
  : [
      { models: 1, versions: 1 },
      { models: 100, versions: 1 },
      { models: 1_000, versions: 1 },
      { models: 1, versions: 10_000 },
    ];
const MiB = 1024 * 1024;
const maxLoadedBytes = 256 * MiB;

/** The keys and bytes of a repository of this shape, made from one version that was published. */
async function filesOf({ models, versions }: Shape, folder: string): Promise<Map<string, Buffer>> {
  const config = readConfig({
    GLIMPSE_REPOSITORY: join(folder, 'template'),
    GLIMPSE_DATA_DIR: join(folder, 'template-data'),
  });
  const repository = openRepository(config);
  await repository.publish(await tinyDraft({ label: 'production' }));
  await repository.close();
  const read = (file: string): Promise<Buffer> =>
    readFile(join(folder, 'template', 'digits', '1', file));
  const manifest = JSON.parse(String(await read('manifest.json'))) as object;
  const same = new Map<string, Buffer>();
  for (const file of ['_claim.json', 'model.onnx', 'golden/left.png'])
    same.set(file, await read(file));
  const files = new Map<string, Buffer>();
  for (let index = 0; index < models; index += 1) {
    const model = index === 0 ? 'digits' : `model-${index}`;
    const labels = { latest: versions, production: versions };
    files.set(`${model}/labels.json`, Buffer.from(JSON.stringify(labels)));
    for (let version = 1; version <= versions; version += 1) {
      for (const [file, bytes] of same) files.set(`${model}/${version}/${file}`, bytes);
      const own = Buffer.from(JSON.stringify({ ...manifest, model, version }));
      files.set(`${model}/${version}/manifest.json`, own);
    }
  }
  return files;
}

async function onDisk(files: ReadonlyMap<string, Buffer>, root: string): Promise<void> {
  for (const [key, bytes] of files) {
    const file = join(root, key);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, bytes);
  }
}

function onS3(files: ReadonlyMap<string, Buffer>, { objects }: S3Server): void {
  objects.clear();
  for (const [key, body] of files) {
    const stored = { body, etag: etagOf(body), modified: new Date(), checksums: {} };
    objects.set(`models/${key}`, { ...stored, contentType: undefined });
  }
}

interface Costs {
  readonly startMs: number;
  readonly everythingMs: number;
  readonly requestsAtStart: number | undefined;
  readonly requestsForEverything: number | undefined;
  readonly requestsForLabels: string;
  readonly rssMiB: number;
}

const timed = async (act: () => Promise<unknown>): Promise<number> => {
  const startedAt = performance.now();
  await act();
  return performance.now() - startedAt;
};

async function measure(env: Record<string, string>, s3: S3Server | undefined): Promise<Costs> {
  const config = readConfig(env);
  const asked = (): number => s3?.log.length ?? 0;
  const atFirst = asked();
  const server = await composeServer(config, pino({ level: 'silent' }));
  const startMs = await timed(() => server.start());
  if (!server.registry.readiness().ready) throw new Error('the server is not ready');
  const atStart = asked();
  await server.registry.reconcile();
  const before = asked();
  const everythingMs = await timed(() => server.registry.reconcile());
  const after = asked();
  const rssMiB = process.memoryUsage.rss() / MiB;
  await server.stop();
  const all = await labelPolls(env, s3, () => true);
  const none = await labelPolls(env, s3, (model) => model === 'digits');
  return {
    startMs,
    everythingMs,
    requestsAtStart: s3 && atStart - atFirst,
    requestsForEverything: s3 && after - before,
    requestsForLabels: `${none} / ${all}`,
    rssMiB,
  };
}

/** What a poll between two listings asks, where these models are in use. */
async function labelPolls(
  env: Record<string, string>,
  s3: S3Server | undefined,
  isPreloaded: (model: string) => boolean,
): Promise<string> {
  const repository = openRepository(readConfig(env));
  const models = new Map<string, KnownModel>();
  const policy = { keepVersions: 2, maxLoadedVersions: 16, isPreloaded };
  const polling = { mode: 'poll', pollIntervalMs: 15_000, now: Date.now } as const;
  const polls = createRepositoryPolls({ repository, models, policy, ...polling });
  const { signal } = new AbortController();
  await polls.poll('everything', signal);
  const before = s3?.log.length ?? 0;
  const ms = await timed(() => polls.poll('labels', signal));
  const requests = s3 && s3.log.length - before;
  await repository.close();
  return requests === undefined ? `${ms.toFixed(0)} ms` : String(requests);
}

/** Asks the models one after the other for a prediction; how long each took, and how many were loaded at most. */
async function askAll(env: Record<string, string>, count: number) {
  const config = readConfig({ ...env, GLIMPSE_MAX_LOADED_BYTES: String(maxLoadedBytes) });
  const server = await composeServer(config, pino({ level: 'silent' }));
  await server.start();
  const body = await tinyPng('left');
  const headers = { 'content-type': 'image/png' };
  const predict = async (model: string): Promise<void> => {
    const url = `/models/${model}/predict`;
    const { statusCode } = await server.app.inject({ method: 'POST', url, headers, payload: body });
    if (statusCode !== 200) throw new Error(`${model} answered ${statusCode}`);
  };
  let most = 0;
  const times: number[] = [];
  for (let index = 1; index <= count; index += 1) {
    times.push(await timed(() => predict(`model-${index}`)));
    most = Math.max(most, readyIn(server));
  }
  const coalescedMs = await timed(() =>
    Promise.all(Array.from({ length: 100 }, () => predict('model-1'))),
  );
  const rssMiB = process.memoryUsage.rss() / MiB;
  await server.stop();
  times.sort((a, b) => a - b);
  return {
    p50: times[times.length >> 1]!,
    p99: times[Math.floor(times.length * 0.99)]!,
    most,
    coalescedMs,
    rssMiB,
  };
}

const readyIn = ({ registry }: Server): number =>
  registry
    .describe()
    .flatMap(({ versions }) => versions)
    .filter(({ state }) => state === 'READY').length;

const folder = await mkdtemp(join(tmpdir(), 'glimpse-bench-models-'));
const s3 = await startS3Server();
Object.assign(process.env, s3.env);
const rows: string[][] = [];
let asking = '';
try {
  for (const [index, shape] of shapes.entries()) {
    const home = join(folder, String(index));
    const files = await filesOf(shape, home);
    const settings = {
      GLIMPSE_PRELOAD: 'none',
      GLIMPSE_KEEP_VERSIONS: '1',
      GLIMPSE_TRUSTED_MODELS: '*',
      GLIMPSE_MAX_LOADED_VERSIONS: '1000',
      GLIMPSE_POLL_INTERVAL_MS: '0',
      GLIMPSE_RESCAN_INTERVAL_MS: '0',
      GLIMPSE_CANONICALISE_THREADS: '1',
      GLIMPSE_DATA_DIR: join(home, 'data'),
    };
    const disk = { ...settings, GLIMPSE_REPOSITORY: join(home, 'models') };
    await onDisk(files, disk.GLIMPSE_REPOSITORY);
    onS3(files, s3);
    const bucket = {
      ...settings,
      GLIMPSE_REPOSITORY: `s3://${s3.bucket}/models`,
      GLIMPSE_S3_ENDPOINT: s3.endpoint,
    };
    for (const [store, env, counted] of [
      ['disk', disk, undefined],
      ['S3', bucket, s3],
    ] as const) {
      const costs = await measure(env, counted);
      rows.push([
        String(shape.models),
        String(shape.models * shape.versions),
        store,
        costs.startMs.toFixed(0),
        costs.requestsAtStart?.toString() ?? '-',
        costs.everythingMs.toFixed(0),
        costs.requestsForEverything?.toString() ?? '-',
        costs.requestsForLabels,
        costs.rssMiB.toFixed(0),
      ]);
      console.log(rows.at(-1)!.join(' | '));
    }
    if (shape.models >= 50) {
      const count = Math.min(shape.models - 1, 100);
      const asked = await askAll(disk, count);
      asking = `${count} of ${shape.models} models on a disk, asked for one after the other with GLIMPSE_MAX_LOADED_BYTES of 256 MiB: the first request of each takes ${asked.p50.toFixed(0)} ms (median; ${asked.p99.toFixed(0)} ms the 99th percentile), at most ${asked.most} are loaded at once, and the process has ${asked.rssMiB.toFixed(0)} MiB. 100 first requests of one model at once take ${asked.coalescedMs.toFixed(0)} ms together: it is loaded once.`;
      console.log(asking);
    }
  }
} finally {
  await s3.close();
  await rm(folder, { recursive: true, force: true });
}

const heads = [
  'models',
  'versions',
  'store',
  'start, ms',
  'requests',
  'list all, ms',
  'requests',
  'labels: one / all in use',
  'MiB',
];
const part = [
  origin('npm run bench:models'),
  'A server with GLIMPSE_PRELOAD=none, from its start until it is ready; then a poll of everything, and one of labels where one model or all of them are in use (on a disk its time, on S3 its requests). The S3 server is that of the tests, in the same process: requests are what counts there, not times.',
  table([heads, ...rows], 3),
  asking,
].join('\n\n');
if (flags.quick) console.log(part);
else await writePart('Serving', 'Many models', part);
process.exit(0);
