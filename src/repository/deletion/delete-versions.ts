import { errors } from '../../errors.ts';
import { readMark, removeMark, writeMark } from '../deletion-mark.ts';
import { unknownCause, type HistoryEvent } from '../history/history-entry.ts';
import { recordDone, type HistoryRepository } from '../history/history-repository.ts';
import { announceDeletion, currentLabels } from '../labels.ts';
import { modelOf, type ListedModel } from '../listing.ts';
import { checkName, checkVersion, manifestFile, versionKey } from '../names.ts';
import type { ArtifactStore } from '../stores/artifact-store.ts';
import type { TrafficRepository } from '../traffic/traffic-repository.ts';
import type { DeletionChange, Deletions } from '../deletions.ts';
import { namesOfVersion } from './named-by.ts';

export interface DeletionOptions {
  readonly store: ArtifactStore;
  readonly now: () => Date;
  /** How long something that was deleted can be taken back. */
  readonly graceMs: number;
  /** Called before the first write. */
  readonly checkConditions: (signal?: AbortSignal) => Promise<void>;
  readonly history: Pick<HistoryRepository, 'record'>;
  readonly traffic: Pick<TrafficRepository, 'read'>;
}

type VersionDeletions = Pick<
  Deletions,
  'deleteVersion' | 'restoreVersion' | 'deleteModel' | 'restoreModel'
>;

/** The deletions of models and versions. */
export function createVersionDeletions(options: DeletionOptions): VersionDeletions {
  const { store, now, graceMs, history } = options;
  const tell = (model: string, what: HistoryEvent['what'], event: Told): Promise<void> =>
    recordDone(history, model, { what, ...event, cause: event.cause ?? unknownCause });
  return {
    async deleteVersion(model, version, { cause } = {}, signal) {
      checkVersion(model, version);
      await options.checkConditions(signal);
      await checkDeletable(options, model, version, signal);
      const folder = `${model}/${version}`;
      const mark = await writeMark(store, folder, { now: now(), graceMs }, signal);
      // Whoever named it in between has looked for the mark before it was there: then it is named, and stays.
      const names = await namesNow(options, model, version, signal);
      const { versions } = await listModel(store, model, signal);
      // As whoever deleted the last other one meanwhile, who may see this one gone and takes it back as well.
      if (versions.length === 0) names.push(lastOfAll);
      if (names.length > 0) {
        await removeMark(store, folder, async () => true, signal);
        throw new errors.GLIMPSE_VERSION_IN_USE(version, model, names.join(', '));
      }
      await announceDeletion(store, model, versions.at(-1)?.version, signal);
      await tell(model, 'deletion', { from: version, to: null, cause });
      return { mark };
    },
    async restoreVersion(model, version, { cause } = {}, signal) {
      checkVersion(model, version);
      if (await readMark(store, model, signal)) throw new errors.GLIMPSE_MODEL_DELETED(model);
      const listed = await listModel(store, model, signal);
      if (!listed.deleted.includes(version)) {
        throw new errors.GLIMPSE_VERSION_NOT_FOUND(model, version);
      }
      const manifest = versionKey(model, version, manifestFile);
      const isWhole = async () => (await store.read(manifest, { signal })) !== undefined;
      await restore(store, `${model}/${version}`, `Version ${version} of "${model}"`, isWhole);
      const { versions } = await listModel(store, model, signal);
      await announceDeletion(store, model, versions.at(-1)?.version, signal);
      await tell(model, 'deletion', { from: null, to: version, cause });
    },
    async deleteModel(model, { cause } = {}, signal) {
      checkName('model name', model);
      await options.checkConditions(signal);
      const { versions } = await listModel(store, model, signal);
      if (versions.length === 0) throw new errors.GLIMPSE_MODEL_NOT_FOUND(model);
      const mark = await writeMark(store, model, { now: now(), graceMs }, signal);
      await announceDeletion(store, model, undefined, signal);
      const from = versions.map(({ version }) => version);
      await tell(model, 'deletion', { from, to: null, cause });
      return { mark };
    },
    async restoreModel(model, { cause } = {}, signal) {
      checkName('model name', model);
      if (!(await readMark(store, model, signal))) throw new errors.GLIMPSE_MODEL_NOT_FOUND(model);
      const isWhole = async () => (await listModel(store, model, signal)).versions.length > 0;
      await restore(store, model, `Model "${model}"`, isWhole);
      const { versions } = await listModel(store, model, signal);
      await announceDeletion(store, model, versions.at(-1)?.version, signal);
      const to = versions.map(({ version }) => version);
      await tell(model, 'deletion', { from: null, to, cause });
    },
  };
}

const lastOfAll = 'it is the last one of its model, which can be deleted whole';

interface Told {
  readonly from: unknown;
  readonly to: unknown;
  readonly cause: DeletionChange['cause'];
}

/** What of the labels and rules names a version at rest now. */
export async function namesNow(
  { store, traffic }: Pick<DeletionOptions, 'store' | 'traffic'>,
  model: string,
  version: number,
  signal?: AbortSignal,
): Promise<string[]> {
  const [{ labels }, { record }] = await Promise.all([
    currentLabels(store, model, signal),
    traffic.read(model, signal),
  ]);
  return namesOfVersion(version, { labels, traffic: record });
}

async function checkDeletable(
  options: DeletionOptions,
  model: string,
  version: number,
  signal?: AbortSignal,
): Promise<void> {
  const { versions } = await listModel(options.store, model, signal);
  if (!versions.some((listed) => listed.version === version)) {
    throw new errors.GLIMPSE_VERSION_NOT_FOUND(model, version);
  }
  const names = await namesNow(options, model, version, signal);
  if (versions.length === 1) names.push(lastOfAll);
  if (names.length > 0) throw new errors.GLIMPSE_VERSION_IN_USE(version, model, names.join(', '));
}

/** Takes a mark away; GLIMPSE_NOT_RESTORABLE once files have begun to be removed. */
export async function restore(
  store: ArtifactStore,
  folder: string,
  subject: string,
  isWhole: () => Promise<boolean>,
): Promise<void> {
  if (await removeMark(store, folder, isWhole)) return;
  throw new errors.GLIMPSE_NOT_RESTORABLE(subject);
}

/** What one listing of its keys tells of a model. */
async function listModel(
  store: ArtifactStore,
  model: string,
  signal?: AbortSignal,
): Promise<ListedModel> {
  checkName('model name', model);
  return modelOf(model, await store.list(model, signal));
}
