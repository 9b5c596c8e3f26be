import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { createRandom, type Random } from '../../src/random.ts';
import { createRepository } from '../../src/repository/model-repository.ts';
import type { Repository } from '../../src/repository/repository.ts';
import { openStore } from '../../src/repository/stores/open-store.ts';
import type { S3Options } from '../../src/repository/stores/s3/s3-client.ts';
import { s3OptionsFor } from '../../test/support/s3-options.ts';
import type { FaultProxy } from './proxy.ts';

/** Something that goes wrong, and what must hold all the same. */
export interface FaultCase {
  readonly name: string;
  run(bench: Bench): Promise<Outcome>;
}

export interface Outcome {
  readonly held: boolean;
  /** What was counted and measured. */
  readonly figures: string;
}

/** What a case works with: a bucket behind a proxy, and a folder and a prefix of its own. */
export interface Bench {
  readonly proxy: FaultProxy;
  readonly bucket: string;
  readonly folder: string;
  readonly random: Random;
  /** How long the cases that last take. */
  readonly seconds: number;
}

/** Settings that give up soon, so that many faults fit into a minute. */
const hasty: Partial<S3Options> = {
  requestTimeoutMs: 1_000,
  socketTimeoutMs: 500,
  connectTimeoutMs: 1_000,
  maxAttempts: 3,
};

/** Settings of those who only stand by, on a busy machine. */
export const patient: Partial<S3Options> = {
  requestTimeoutMs: 10_000,
  socketTimeoutMs: 15_000,
  connectTimeoutMs: 5_000,
  maxAttempts: 5,
};

/** Repositories at one new prefix, each as another process would have it. */
export function newPlace({ proxy, bucket, folder }: Bench) {
  const uri = `s3://${bucket}/faults-${randomUUID().slice(0, 8)}`;
  const opened: Repository[] = [];
  return {
    uri,
    open(changes: Partial<S3Options> = {}): Repository {
      const repository = createRepository({
        store: openStore(uri, s3OptionsFor(proxy.endpoint, { ...hasty, ...changes })),
        cacheDir: join(folder, randomUUID()),
        maxArtifactBytes: 1e8,
      });
      opened.push(repository);
      return repository;
    },
    async close(): Promise<void> {
      for (const repository of opened) await repository.close();
    },
  };
}

/** What is wrong with the versions of a model at rest; nothing may be. */
export async function flawsOf(repository: Repository, model: string): Promise<string[]> {
  const flaws: string[] = [];
  const writers = new Map<string, number>();
  const versions = await repository.versions(model);
  for (const version of versions) {
    const { manifest } = await repository.open(model, version);
    const other = writers.get(manifest.writerId);
    if (other !== undefined) flaws.push(`versions ${other} and ${version} are of one publication`);
    writers.set(manifest.writerId, version);
  }
  const found = await repository.labels(model);
  const labels = typeof found === 'object' ? found.labels : {};
  if (versions.length > 0 && labels['latest'] !== versions.at(-1)) {
    flaws.push(`latest is ${labels['latest']}, and the newest version ${versions.at(-1)}`);
  }
  return flaws;
}

/** Chance that is the same in every run of a case. */
export const chanceOf = (name: string): Random => createRandom(1).fork(name);
