import { randomUUID } from 'node:crypto';
import { isGlimpseError, messageOf } from '../errors.ts';
import type { ArtifactStore } from './stores/artifact-store.ts';
import { createRepository } from './model-repository.ts';
import { isModelName, productionLabel } from './names.ts';
import type { Repository } from './repository.ts';

/** What was found about one thing a store should do. */
export interface StoreCheck {
  readonly name:
    'answers' | 'missing objects' | 'manifests' | 'labels' | 'conditional writes' | 'clock';
  /** 'warning': serving works, something else may not. 'skipped': it could not be tried. */
  readonly state: 'ok' | 'warning' | 'failed' | 'skipped';
  readonly message: string;
}

/** S3 refuses signatures that are a quarter of an hour off; the warning comes well before that. */
const worryingSkewMs = 60_000;
const maxModels = 200;

/**
 * Examines a store from here, with these credentials: does it answer, does it report missing objects as missing,
 * are the newest manifests readable, do labels point at versions that are there, does it enforce conditional writes, do the clocks agree?
 * Never rejects for what the store does; only for the signal's reason.
 */
export async function examineStore(
  store: ArtifactStore,
  signal?: AbortSignal,
): Promise<StoreCheck[]> {
  const listed = await examine('answers', signal, () => listModels(store, signal));
  const isNamed = listed.message.includes(store.uri);
  const firstFinding = isNamed ? listed : { ...listed, message: `${store.uri}: ${listed.message}` };
  if (firstFinding.state === 'failed') {
    const rest = ['missing objects', 'manifests', 'labels', 'conditional writes', 'clock'] as const;
    const skipped = {
      state: 'skipped',
      message: 'not tried, because the store did not answer',
    } as const;
    return [firstFinding, ...rest.map((name) => ({ name, ...skipped }))];
  }
  return [
    firstFinding,
    await examine('missing objects', signal, () => checkMissingKey(store, signal)),
    await examine('manifests', signal, () => readManifests(store, signal)),
    await examine('labels', signal, () => readLabels(store, signal)),
    await examine('conditional writes', signal, () => checkConditions(store, signal)),
    clockCheck(store.clockSkewMs()),
  ];
}

type Finding = Pick<StoreCheck, 'state' | 'message'>;

async function examine(
  name: StoreCheck['name'],
  signal: AbortSignal | undefined,
  look: () => Promise<Finding>,
): Promise<StoreCheck> {
  try {
    return { name, ...(await look()) };
  } catch (error) {
    signal?.throwIfAborted();
    return { name, state: 'failed', message: describeError(error) };
  }
}

const describeError = (error: unknown): string => messageOf(error);

async function listModels(store: ArtifactStore, signal?: AbortSignal): Promise<Finding> {
  const models = (await store.folders('', signal)).filter(isModelName);
  return models.length === 0
    ? { state: 'warning', message: `${store.uri} answers, and holds no model yet` }
    : {
        state: 'ok',
        message: `${store.uri} answers, and holds ${counted(models.length, 'model')}`,
      };
}

async function checkMissingKey(store: ArtifactStore, signal?: AbortSignal): Promise<Finding> {
  const found = await store.read(`_probe/no-such-object-${randomUUID()}`, { signal });
  return found === undefined
    ? { state: 'ok', message: 'an object that is not there is said not to be there' }
    : { state: 'failed', message: 'the store gave an object that was never written' };
}

// Only manifests and labels are read, so the cache folder and the size limit stay unused.
const openReader = (store: ArtifactStore): Repository =>
  createRepository({ store, cacheDir: '', maxArtifactBytes: 0 });

async function readManifests(store: ArtifactStore, signal?: AbortSignal): Promise<Finding> {
  const repository = openReader(store);
  const models = await repository.models(signal);
  if (models.length === 0) return { state: 'skipped', message: 'there are none yet' };
  const broken: string[] = [];
  for (const model of models.slice(0, maxModels)) {
    const fault = await newestFault(repository, model, signal);
    if (fault !== undefined) broken.push(fault);
  }
  if (broken.length > 0) return { state: 'warning', message: broken.join(' ') };
  return { state: 'ok', message: 'the newest manifest of every model is readable' };
}

async function readLabels(store: ArtifactStore, signal?: AbortSignal): Promise<Finding> {
  const repository = openReader(store);
  const faults: LabelFault[] = [];
  for (const model of (await repository.models(signal)).slice(0, maxModels)) {
    faults.push(...(await labelFaults(repository, model, signal)));
  }
  if (faults.length === 0) {
    return { state: 'ok', message: 'every label points at a version that is there' };
  }
  const isBroken = faults.some(({ label }) => label === productionLabel);
  const message = faults.map((fault) => fault.message).join(' ');
  return { state: isBroken ? 'failed' : 'warning', message };
}

interface LabelFault {
  readonly label: string;
  readonly message: string;
}

async function labelFaults(
  repository: Repository,
  model: string,
  signal?: AbortSignal,
): Promise<LabelFault[]> {
  const found = await repository.labels(model, undefined, signal);
  if (found === 'unchanged') return [];
  const versions = new Set(await repository.versions(model, signal));
  return Object.entries(found.labels)
    .filter(([, version]) => !versions.has(version))
    .map(([label, version]) => {
      const message = `The label "${label}" of model "${model}" points at version ${version}, which is not there.`;
      return { label, message };
    });
}

async function newestFault(
  repository: Repository,
  model: string,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const newest = (await repository.versions(model, signal)).at(-1);
  if (newest === undefined) return `Model "${model}" has no version.`;
  try {
    await repository.manifest(model, newest, signal);
    return undefined;
  } catch (error) {
    if (!isGlimpseError(error) || error.code === 'GLIMPSE_STORE_UNAVAILABLE') throw error;
    return error.message;
  }
}

async function checkConditions(store: ArtifactStore, signal?: AbortSignal): Promise<Finding> {
  try {
    if (await store.enforcesConditions(signal)) {
      return { state: 'ok', message: 'two publishers at once cannot overwrite each other here' };
    }
  } catch (error) {
    signal?.throwIfAborted();
    const message = `nothing can be published from here (serving needs no writing): ${describeError(error)}`;
    return { state: 'warning', message };
  }
  const message =
    'the store ignores the conditions of a write: publishing is refused unless GLIMPSE_S3_CONDITIONAL_WRITES=off says that there is a single writer';
  return { state: 'failed', message };
}

function clockCheck(skewMs: number | undefined): StoreCheck {
  const name = 'clock';
  if (skewMs === undefined) {
    return { name, state: 'skipped', message: 'this store tells no time' };
  }
  const seconds = Math.round(Math.abs(skewMs) / 1_000);
  const side = skewMs > 0 ? 'ahead of' : 'behind';
  return Math.abs(skewMs) <= worryingSkewMs
    ? { name, state: 'ok', message: 'the clocks of the store and of this machine agree' }
    : { name, state: 'warning', message: `the store is ${seconds} s ${side} this machine` };
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
