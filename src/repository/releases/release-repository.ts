import { Check } from 'typebox/schema';
import type { TSchema, Static } from 'typebox';
import { errors } from '../../errors.ts';
import { problemOf } from '../../schema.ts';
import { canonicalJson } from '../../json.ts';
import { compareAndSet } from '../compare-and-set.ts';
import { unknownCause, type Cause } from '../history/history-entry.ts';
import { recordDone, type HistoryRepository } from '../history/history-repository.ts';
import { jsonBytes, parseJsonBytes, refusalAt } from '../json-bytes.ts';
import { checkName, checkVersion, policyFile, releaseFile, versionKey } from '../names.ts';
import type { ArtifactStore } from '../stores/artifact-store.ts';
import { maxRuleBytes, ReleasePolicySchema, usualPolicy } from './release-policy.ts';
import type { ReleasePolicy } from './release-policy.ts';
import { ReleaseRecordSchema, type ReleaseRecord } from './release-record.ts';

/** The policy of a model, and the etag to change it with; without one nobody has written it. */
export interface StoredPolicy {
  readonly policy: ReleasePolicy;
  readonly etag: string | undefined;
}

/** Which rule releases the versions of a model, and what was decided about each. */
export interface ReleaseRepository {
  /** The policy of a model, 'unchanged' when `unlessEtag` still names it: one conditional request. */
  policyUnless(
    model: string,
    unlessEtag: string | undefined,
    signal?: AbortSignal,
  ): Promise<StoredPolicy | 'unchanged'>;
  policy(model: string, signal?: AbortSignal): Promise<StoredPolicy>;
  /**
   * By compare-and-set; with `ifMatch` it is GLIMPSE_POLICY_CONFLICT when somebody else was faster.
   */
  setPolicy(
    model: string,
    policy: ReleasePolicy,
    change?: PolicyChange,
    signal?: AbortSignal,
  ): Promise<StoredPolicy>;
  /** What was decided about a version; undefined when nothing is recorded. */
  record(model: string, version: number, signal?: AbortSignal): Promise<ReleaseRecord | undefined>;
  /** Writes it once: what was recorded before stays, and is what is returned. */
  putRecord(record: ReleaseRecord, signal?: AbortSignal): Promise<ReleaseRecord>;
}

export interface PolicyChange {
  /** Only on top of what has this etag. */
  readonly ifMatch?: string | undefined;
  /** For the history of the model. */
  readonly cause?: Cause | undefined;
}

const maxPolicyBytes = maxRuleBytes;
const maxRecordBytes = 1024 * 1024;

export interface ReleaseRepositoryOptions {
  readonly store: ArtifactStore;
  /** Called before the first write. */
  readonly checkConditions: (signal?: AbortSignal) => Promise<void>;
  readonly history: Pick<HistoryRepository, 'record'>;
}

/** The policies and records of `ReleaseRepository` in a store. */
export function createReleaseRepository({
  store,
  checkConditions,
  history,
}: ReleaseRepositoryOptions): ReleaseRepository {
  return {
    policyUnless: (model, unlessEtag, signal) => readPolicy(store, model, unlessEtag, signal),
    async policy(model, signal) {
      const found = await readPolicy(store, model, undefined, signal);
      return found === 'unchanged' ? { policy: usualPolicy, etag: undefined } : found;
    },
    async setPolicy(model, policy, { ifMatch, cause = unknownCause } = {}, signal) {
      await checkConditions(signal);
      const key = policyKey(model);
      let from: unknown;
      const changed = await compareAndSet<unknown>(store, {
        key,
        async read() {
          const found = await store.read(key, { maxBytes: maxPolicyBytes, signal });
          if (typeof found !== 'object') return { value: null, etag: undefined };
          // Of a file that nobody can read, nothing is taken over: that is how it is mended.
          return { value: valueOf(found.body), etag: found.etag };
        },
        change(present) {
          from = present;
          return policy;
        },
        accept: (bytes) => parse(ReleasePolicySchema, bytes, key, maxPolicyBytes),
        ifMatch,
        signal,
      });
      if (changed === undefined) throw new errors.GLIMPSE_POLICY_CONFLICT(model);
      if (canonicalJson(from) !== canonicalJson(policy)) {
        await recordDone(history, model, { what: 'policy', from, to: policy, cause });
      }
      return { policy, etag: changed.etag };
    },
    record: (model, version, signal) => readRecord(store, model, version, signal),
    async putRecord(record, signal) {
      await checkConditions(signal);
      const { model, version } = record;
      const key = versionKey(model, version, releaseFile);
      const bytes = jsonBytes(record);
      parse(ReleaseRecordSchema, bytes, key, maxRecordBytes);
      const written = await store.write(key, bytes, { condition: 'absent', signal });
      // Ours, whose answer was lost, or that of a run before: either is what was decided.
      const found = written === 'conflict' && (await readRecord(store, model, version, signal));
      return found || record;
    },
  };
}

async function readPolicy(
  store: ArtifactStore,
  model: string,
  unlessEtag: string | undefined,
  signal?: AbortSignal,
): Promise<StoredPolicy | 'unchanged'> {
  const key = policyKey(model);
  const found = await store.read(key, { unlessEtag, maxBytes: maxPolicyBytes, signal });
  if (found === 'unchanged') return found;
  if (found === undefined) return { policy: usualPolicy, etag: undefined };
  const policy = parse(ReleasePolicySchema, found.body, key, maxPolicyBytes);
  return { policy, etag: found.etag };
}

/** What the bytes say; null where they are no JSON. */
function valueOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return null;
  }
}

async function readRecord(
  store: ArtifactStore,
  model: string,
  version: number,
  signal?: AbortSignal,
): Promise<ReleaseRecord | undefined> {
  checkVersion(model, version);
  const key = versionKey(model, version, releaseFile);
  const found = await store.read(key, { maxBytes: maxRecordBytes, signal });
  if (typeof found !== 'object') return undefined;
  return parse(ReleaseRecordSchema, found.body, key, maxRecordBytes);
}

function policyKey(model: string): string {
  checkName('model name', model);
  return `${model}/${policyFile}`;
}

/** The value that the bytes of a file say; GLIMPSE_MANIFEST_INVALID names what is wrong with it. */
function parse<Schema extends TSchema>(
  schema: Schema,
  bytes: Uint8Array,
  key: string,
  maxBytes: number,
): Static<Schema> {
  const refuse = refusalAt(key);
  const value = parseJsonBytes(bytes, maxBytes, refuse);
  if (Check(schema, value)) return value;
  return refuse(problemOf(schema, value).sentence);
}
