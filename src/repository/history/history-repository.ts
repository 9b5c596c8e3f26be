import { randomUUID } from 'node:crypto';
import { Check } from 'typebox/schema';
import { mapConcurrently } from '../../concurrency.ts';
import { errors, messageOf, warn } from '../../errors.ts';
import { canonicalJson } from '../../json.ts';
import { sha256 } from '../digest.ts';
import { jsonBytes, parseJsonBytes, refusalAt } from '../json-bytes.ts';
import { checkName, historyFolder } from '../names.ts';
import type { ArtifactStore } from '../stores/artifact-store.ts';
import { HistoryEntrySchema, type HistoryEntry, type HistoryEvent } from './history-entry.ts';

/** What changed about a model, newest first. */
export interface HistoryPage {
  readonly entries: readonly HistoryEntry[];
  /** What to ask for as `before` to read on; undefined when there is nothing older. */
  readonly next: number | undefined;
}

export interface PageRequest {
  /** Only entries with smaller numbers. */
  readonly before?: number | undefined;
  readonly limit?: number | undefined;
}

/**
 * What changed about each model, by whom and why. Entries are added and never changed: each is an object of its own,
 * whose number is taken as the number of a version is. It outlives its model.
 */
export interface HistoryRepository {
  record(model: string, event: HistoryEvent, signal?: AbortSignal): Promise<HistoryEntry>;
  /** Of a model without changes, and of one that is not there: no entries. */
  page(model: string, page?: PageRequest, signal?: AbortSignal): Promise<HistoryPage>;
}

export const usualPageSize = 20;
export const maxPageSize = 100;

const maxEntryBytes = 64 * 1024;
/** Entries lie in folders of so many, so that the newest is found by two short listings. */
const folderSize = 100;
/** How often the next number is tried when others keep taking it. */
const maxClaims = 100;
const readsAtOnce = 8;

export interface HistoryOptions {
  readonly store: ArtifactStore;
  readonly now: () => Date;
  /** Called before the first write. */
  readonly checkConditions: (signal?: AbortSignal) => Promise<void>;
}

/** The histories of `HistoryRepository` in a store. */
export function createHistoryRepository(options: HistoryOptions): HistoryRepository {
  const { store } = options;
  return {
    record: (model, event, signal) => record(options, model, event, signal),
    async page(model, { before = Infinity, limit = usualPageSize } = {}, signal) {
      const newest = await newestNumber(store, model, signal);
      const first = Math.min(newest, before - 1);
      const last = Math.max(1, first - Math.min(limit, maxPageSize) + 1);
      const numbers = Array.from({ length: Math.max(0, first - last + 1) }, (_, at) => first - at);
      const entries = await mapConcurrently(numbers, readsAtOnce, (number) =>
        readEntry(store, model, number, signal),
      );
      return {
        entries: entries.filter((entry) => entry !== undefined),
        next: numbers.length > 0 && last > 1 ? last : undefined,
      };
    },
  };
}

/** Records what has been done already: where that fails, a warning says so, and what was done stands. */
export async function recordDone(
  history: Pick<HistoryRepository, 'record'>,
  model: string,
  event: HistoryEvent,
): Promise<void> {
  try {
    await history.record(model, event);
  } catch (error) {
    const what = `a change (${event.what}) of "${model}" is missing in its history`;
    warn(new Error(`${what}: ${messageOf(error)}`, { cause: error }));
  }
}

async function record(
  { store, now, checkConditions }: HistoryOptions,
  model: string,
  { cause, ...event }: HistoryEvent,
  signal?: AbortSignal,
): Promise<HistoryEntry> {
  await checkConditions(signal);
  const { by, why, evidence } = cause;
  const [id, at] = [randomUUID(), now().toISOString()];
  const said = { ...(why !== undefined && { why }), ...(evidence !== undefined && { evidence }) };
  const next = (await newestNumber(store, model, signal)) + 1;
  for (let number = next; number < next + maxClaims; number += 1) {
    const key = keyOf(model, number);
    const bytes = entryBytes({ number, id, at, ...event, by, ...said });
    const written = parseEntry(bytes, key);
    if ((await store.write(key, bytes, { condition: 'absent', signal })) !== 'conflict') {
      return written;
    }
    // Ours, where the answer of the store was lost and the write was done again.
    if ((await readEntry(store, model, number, signal))?.id === id) return written;
  }
  throw new errors.GLIMPSE_HISTORY_CONFLICT(model);
}

/** A document that is too large for the history is named by its digest there: what happened is never left out. */
function entryBytes(entry: HistoryEntry): Uint8Array {
  const bytes = jsonBytes(entry);
  if (bytes.length <= maxEntryBytes) return bytes;
  const { evidence: _evidence, ...rest } = entry;
  return jsonBytes({ ...rest, from: digestOf(entry.from), to: digestOf(entry.to) });
}

function digestOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return { sha256: sha256(Buffer.from(canonicalJson(value))), isLeftOut: true };
}

/** 0 when there is none. */
async function newestNumber(
  store: ArtifactStore,
  model: string,
  signal?: AbortSignal,
): Promise<number> {
  checkName('model name', model);
  const folders = await store.folders(`${historyFolder}/${model}`, signal);
  const newest = folders
    .filter((folder) => /^\d{8}$/.test(folder))
    .sort()
    .at(-1);
  if (newest === undefined) return 0;
  const listed = await store.list(`${historyFolder}/${model}/${newest}`, signal);
  const numbers = listed.map(({ key }) => Number(/\/(\d{10})\.json$/.exec(key)?.[1] ?? 0));
  return Math.max(0, ...numbers);
}

function keyOf(model: string, number: number): string {
  const folder = String(Math.floor((number - 1) / folderSize)).padStart(8, '0');
  return `${historyFolder}/${model}/${folder}/${String(number).padStart(10, '0')}.json`;
}

/** A damaged entry hides none of the others: it stands there as unreadable. */
async function readEntry(
  store: ArtifactStore,
  model: string,
  number: number,
  signal?: AbortSignal,
): Promise<HistoryEntry | undefined> {
  const key = keyOf(model, number);
  const found = await store.read(key, { maxBytes: maxEntryBytes, signal }).catch(orDamaged);
  if (found === undefined || found === 'unchanged') return undefined;
  try {
    if (found instanceof Error) throw found;
    return { ...parseEntry(found.body, key), number };
  } catch (error) {
    const by = { kind: 'unknown', id: '' };
    return { number, id: '', at: '', what: 'unreadable', by, why: messageOf(error) };
  }
}

/** An entry that is too large is nobody's of ours. */
function orDamaged(error: unknown): Error {
  if (error instanceof errors.GLIMPSE_OBJECT_TOO_LARGE) return error;
  throw error;
}

function parseEntry(bytes: Uint8Array, key: string): HistoryEntry {
  const refuse = refusalAt(key);
  const value = parseJsonBytes(bytes, maxEntryBytes, refuse);
  return Check(HistoryEntrySchema, value) ? value : refuse('it is no entry of a history');
}
