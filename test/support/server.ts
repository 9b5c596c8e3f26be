import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { composeServer, type Server } from '../../src/compose.ts';
import { withHostedModel } from '../../src/compose/sagemaker/hosted-config.ts';
import { readConfig } from '../../src/config.ts';
import { openRepository } from '../../src/compose/open.ts';
import type { Repository, VersionDraft } from '../../src/repository/repository.ts';
import { recordLog } from './recorded-logs.ts';
import { tinyDraft } from './tiny-version.ts';

export interface LogLine {
  readonly [key: string]: unknown;
}

export interface TestServer extends Server {
  readonly url: string;
  /** A publisher beside the server, as another machine would be. */
  readonly repository: Repository;
  readonly folder: string;
  readonly lines: readonly LogLine[];
}

export interface TestServerOptions {
  /** What is published before it starts; by default version 1 of the tiny model. */
  readonly versions?: readonly VersionDraft[];
  readonly env?: Record<string, string>;
  /** What happens to its folder between publishing and its start. */
  readonly beforeStart?: (folder: string) => Promise<void>;
  /** Whether it looks, as `glimpse serve` does, at what a platform has put on its machine. */
  readonly hosted?: boolean;
}

const opened: (() => Promise<void>)[] = [];

/** For afterEach: stops every server this file has opened and removes what they left. */
export async function closeServers(): Promise<void> {
  for (const close of opened.splice(0).toReversed()) await close();
}

/** The whole real server on a port and a repository of its own, as `glimpse serve` would start it. */
export async function openServer(options: TestServerOptions = {}): Promise<TestServer> {
  const folder = await mkdtemp(join(tmpdir(), 'glimpse-server-'));
  opened.push(() => rm(folder, { recursive: true, force: true }));
  const given = readConfig({
    GLIMPSE_REPOSITORY: join(folder, 'models'),
    GLIMPSE_DATA_DIR: join(folder, 'data'),
    GLIMPSE_DATASET_ROOT: join(folder, 'datasets'),
    GLIMPSE_MNIST_DIR: join(folder, 'mnist'),
    GLIMPSE_POLL_INTERVAL_MS: '100',
    GLIMPSE_CANONICALISE_THREADS: '1',
    // What tests publish is theirs; those about cells say otherwise.
    GLIMPSE_TRUSTED_MODELS: '*',
    // Beside other tests a process that stands back would hardly ever run.
    GLIMPSE_TRAIN_NICE: '0',
    ...options.env,
  });
  const config = options.hosted ? await withHostedModel(given) : given;
  const repository = openRepository(config);
  opened.push(() => repository.close());
  for (const draft of options.versions ?? [await tinyDraft()]) await repository.publish(draft);
  await options.beforeStart?.(folder);
  const lines: LogLine[] = [];
  const write = (text: string): void => {
    lines.push(JSON.parse(text));
    recordLog(text);
  };
  const server = await composeServer(config, pino({ level: 'debug' }, { write }));
  opened.push(() => server.stop());
  const url = await server.app.listen({ host: '127.0.0.1', port: 0 });
  await server.start();
  return { ...server, url, repository, folder, lines };
}
