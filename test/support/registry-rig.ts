import { createRegistry } from '../../src/registry/polling-registry.ts';
import type { Registry, RegistryOptions } from '../../src/registry/registry.ts';
import type { Manifest } from '../../src/repository/manifest.ts';
import { createMemoryStore } from '../../src/repository/stores/memory-store.ts';
import { createRepository } from '../../src/repository/model-repository.ts';
import type { Repository, VersionDraft } from '../../src/repository/repository.ts';
import { mnistPreprocessing } from '../../src/preprocessing/contract-one.ts';
import { trustingAll } from './cells.ts';
import { createFaultyStore, type FaultyStore } from './faulty-store.ts';
import { createPuppeteer, type Puppeteer } from './puppet-runtime.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { tinySignature } from './tiny-onnx.ts';

export interface RegistryRig {
  readonly faulty: FaultyStore;
  readonly repository: Repository;
  readonly puppets: Puppeteer;
  readonly registry: Registry;
  /** What the registry reported, one line each: "READY digits/2", "reload digits 1 -> 2", ... */
  readonly events: string[];
  publish(changes?: Partial<VersionDraft>): Promise<Manifest>;
}

type Changes = Partial<Omit<RegistryOptions, 'policy' | 'batching'>> & {
  readonly policy?: Partial<RegistryOptions['policy']>;
};

const tinyPreprocessing = {
  ...mnistPreprocessing,
  width: 2,
  height: 2,
  canonicalise: 'none',
} as const;

/** A draft for a runtime that is a puppet. */
export function tinyDraft(changes: Partial<VersionDraft> = {}): VersionDraft {
  return {
    model: 'digits',
    runtime: 'onnx',
    entry: 'model.onnx',
    files: new Map([['model.onnx', Buffer.from('the bytes of a puppet')]]),
    signature: tinySignature,
    preprocessing: tinyPreprocessing,
    golden: [],
    lineage: {},
    metrics: {},
    ...changes,
  };
}

/** The real registry on the real repository in memory; only the runtimes are puppets. */
export async function createRegistryRig(changes: Changes = {}): Promise<RegistryRig> {
  const faulty = createFaultyStore(createMemoryStore());
  const repository = createRepository({
    store: faulty.store,
    cacheDir: await temporaryFolder(),
    maxArtifactBytes: 1e6,
  });
  const puppets = createPuppeteer();
  const events: string[] = [];
  const registry = createRegistry({
    repository,
    loadRuntime: puppets.load,
    trust: trustingAll,
    prepareGolden: (bytes) => Promise.resolve(Float32Array.from(bytes)),
    batching: { maxBatchSize: 4, maxQueueDelayMs: 0, maxQueueSize: 64 },
    polling: { pollIntervalMs: 0, rescanIntervalMs: 0 },
    defaultModel: 'digits',
    ...changes,
    policy: { keepVersions: 2, maxLoadedVersions: 8, ...changes.policy },
    on: {
      onState: ({ state, model, version }) => events.push(`${state} ${model}/${version}`),
      onReload: ({ model, before, after }) => events.push(`reload ${model} ${before} -> ${after}`),
      onQuarantine: ({ model, version, reason }) =>
        events.push(`quarantine ${model}/${version} ${reason.code}`),
      onLoad: ({ model, version, outcome }) => events.push(`${outcome} ${model}/${version}`),
      onPoll: ({ outcome }) => events.push(`poll ${outcome}`),
      ...changes.on,
    },
  });
  return {
    faulty,
    repository,
    puppets,
    registry,
    events,
    publish: (draft) => repository.publish(tinyDraft(draft)),
  };
}

/** Which version answers, asked through a lease as a request would. */
export async function whoAnswers(
  registry: Registry,
  ...choice: Parameters<Registry['lease']>
): Promise<number> {
  const lease = await registry.lease(...choice);
  try {
    const { outputs } = await lease.submit([new Float32Array(4)]);
    return outputs[0]![0]!;
  } finally {
    lease.release();
  }
}
