import { randomUUID } from 'node:crypto';
import { Check } from 'typebox/schema';
import { errors } from '../../errors.ts';
import { canonicalJson } from '../../json.ts';
import { problemOf } from '../../schema.ts';
import { compareAndSet, type StoredValue } from '../compare-and-set.ts';
import { unknownCause, type Cause, type HistoryKind } from '../history/history-entry.ts';
import { recordDone, type HistoryRepository } from '../history/history-repository.ts';
import { parseJsonBytes, refusalAt } from '../json-bytes.ts';
import { checkName, trafficFile } from '../names.ts';
import type { ArtifactStore } from '../stores/artifact-store.ts';
import { TrafficRecordSchema, type TrafficRecord } from './traffic-record.ts';

/** Who answers for production of a model, and the etag to change it with; nobody has said so while both are undefined. */
export interface StoredTraffic {
  readonly record: TrafficRecord | undefined;
  readonly etag: string | undefined;
}

/** What of a record somebody writes; the rest is kept by the repository. */
export type TrafficContent = Omit<TrafficRecord, 'formatVersion' | 'revision' | 'writer'>;

export interface TrafficChange {
  readonly content: TrafficContent;
  /** Only on top of what has this etag; 'none': only where there is nothing yet. */
  readonly ifMatch?: string | undefined;
  readonly what?: HistoryKind;
  readonly cause?: Cause;
}

/**
 * Who answers for production of each model: `traffic.json` beside its labels. Its revision stands in labels.json, so
 * that one conditional request tells a server of either.
 */
export interface TrafficRepository {
  read(model: string, signal?: AbortSignal): Promise<StoredTraffic>;
  /** By compare-and-set: GLIMPSE_TRAFFIC_CONFLICT when somebody else was faster. */
  write(model: string, change: TrafficChange, signal?: AbortSignal): Promise<StoredTraffic>;
  /** Lets those who poll know of a revision whose writer died before it could. */
  announce(model: string, revision: number, signal?: AbortSignal): Promise<void>;
}

const maxTrafficBytes = 256 * 1024;

export interface TrafficOptions {
  readonly store: ArtifactStore;
  readonly checkConditions: (signal?: AbortSignal) => Promise<void>;
  readonly history: Pick<HistoryRepository, 'record'>;
  readonly announce: Announce;
}

/** Lets those who poll know that there is another revision. */
type Announce = (
  store: ArtifactStore,
  model: string,
  revision: number,
  signal?: AbortSignal,
) => Promise<void>;

/** The records of `TrafficRepository` in a store. */
export function createTrafficRepository(options: TrafficOptions): TrafficRepository {
  const { store } = options;
  return {
    read: async (model, signal) => {
      const { value, etag } = await readRecord(store, model, signal);
      return { record: value ?? undefined, etag };
    },
    write: (model, change, signal) => write(options, model, change, signal),
    announce: (...revision) => options.announce(store, ...revision),
  };
}

async function write(
  { store, checkConditions, history, announce }: TrafficOptions,
  model: string,
  { content, ifMatch, what = 'traffic', cause = unknownCause }: TrafficChange,
  signal?: AbortSignal,
): Promise<StoredTraffic> {
  await checkConditions(signal);
  const key = trafficKey(model);
  const writer = randomUUID();
  let before: TrafficRecord | null = null;
  const changed = await compareAndSet<TrafficRecord | null>(store, {
    key,
    read: () => readRecord(store, model, signal),
    change(present) {
      before = present;
      return { formatVersion: 1, revision: (present?.revision ?? 0) + 1, writer, ...content };
    },
    accept: (bytes) => parseRecord(bytes, key),
    ifMatch,
    signal,
  });
  if (!changed?.value) throw new errors.GLIMPSE_TRAFFIC_CONFLICT(model);
  const { value: record, etag } = changed;
  await announce(store, model, record.revision, signal);
  const [from, to] = [before && contentOf(before), contentOf(record)];
  if (canonicalJson(from ?? null) !== canonicalJson(to)) {
    await recordDone(history, model, { what, from: from ?? null, to, cause });
  }
  return { record, etag };
}

/** A record without what the repository keeps. */
function contentOf(record: TrafficRecord): TrafficContent {
  const { formatVersion: _format, revision: _revision, writer: _writer, ...content } = record;
  return content;
}

async function readRecord(
  store: ArtifactStore,
  model: string,
  signal?: AbortSignal,
): Promise<StoredValue<TrafficRecord | null>> {
  const key = trafficKey(model);
  const found = await store.read(key, { maxBytes: maxTrafficBytes, signal });
  if (typeof found !== 'object') return { value: null, etag: undefined };
  return { value: parseRecord(found.body, key), etag: found.etag };
}

function trafficKey(model: string): string {
  checkName('model name', model);
  return `${model}/${trafficFile}`;
}

function parseRecord(bytes: Uint8Array, key: string): TrafficRecord {
  const refuse = refusalAt(key);
  const value = parseJsonBytes(bytes, maxTrafficBytes, refuse);
  return Check(TrafficRecordSchema, value)
    ? value
    : refuse(problemOf(TrafficRecordSchema, value).sentence);
}
