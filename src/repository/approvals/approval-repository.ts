import { randomUUID } from 'node:crypto';
import { Check } from 'typebox/schema';
import { errors } from '../../errors.ts';
import { canonicalJson } from '../../json.ts';
import { compareAndSet, type StoredValue } from '../compare-and-set.ts';
import type { Actor, Cause } from '../history/history-entry.ts';
import { recordDone, type HistoryRepository } from '../history/history-repository.ts';
import { parseJsonBytes, refusalAt } from '../json-bytes.ts';
import { approvalsFile, checkName } from '../names.ts';
import type { ArtifactStore } from '../stores/artifact-store.ts';
import {
  ApprovalsSchema,
  kindOf,
  type Decision,
  type ProtectedChange,
  type StoredApproval,
  type StoredApprovals,
} from './approval-record.ts';

/** What waits for a second caller, `approvals.json` beside the labels of each model. */
export interface ApprovalRepository {
  /** Those that have not expired, oldest first. */
  pending(model: string, signal?: AbortSignal): Promise<readonly StoredApproval[]>;
  /**
   * Lets a change wait; the same change that waits already is not asked for twice. GLIMPSE_APPROVALS_FULL.
   */
  ask(model: string, change: ProtectedChange, cause: Cause): Promise<StoredApproval>;
  /**
   * Takes one away to be done, or not to be: exactly one caller gets it. GLIMPSE_APPROVAL_NOT_FOUND,
   * GLIMPSE_APPROVAL_OWN for who asked for it and approves.
   */
  decide(model: string, id: string, decision: Decision): Promise<StoredApproval>;
}

const maxPending = 50;
const maxBytes = 4 * 1024 * 1024;
const lifetimeMs = 24 * 60 * 60 * 1000;

export interface ApprovalOptions {
  readonly store: ArtifactStore;
  readonly now: () => Date;
  readonly checkConditions: (signal?: AbortSignal) => Promise<void>;
  readonly history: Pick<HistoryRepository, 'record'>;
}

/** The approvals of `ApprovalRepository` in a store. */
export function createApprovalRepository(options: ApprovalOptions): ApprovalRepository {
  const { store, now, history } = options;
  const fresh = ({ pending }: StoredApprovals): StoredApproval[] => {
    const at = now().getTime();
    return pending.filter(({ expiresAt }) => Date.parse(expiresAt) > at);
  };
  return {
    async pending(model, signal) {
      return fresh((await read(store, model, signal)).value);
    },
    async ask(model, change, { by, why }) {
      const askedAt = now();
      const asked: StoredApproval = {
        id: randomUUID(),
        kind: kindOf(change),
        askedBy: by,
        askedAt: askedAt.toISOString(),
        expiresAt: new Date(askedAt.getTime() + lifetimeMs).toISOString(),
        ...(why !== undefined && { why }),
        change,
      };
      const changed = await update(options, model, (stored) => {
        const waiting = fresh(stored);
        if (waiting.some((other) => isSame(other, asked))) return waiting;
        if (waiting.length >= maxPending)
          throw new errors.GLIMPSE_APPROVALS_FULL(maxPending, model);
        return [...waiting, asked];
      });
      const found = changed.find((other) => isSame(other, asked))!;
      if (found.id !== asked.id) return found;
      const to = { state: 'asked', id: asked.id, kind: asked.kind, ...change };
      await recordDone(history, model, { what: 'approval', from: null, to, cause: { by, why } });
      return asked;
    },
    async decide(model, id, { approve, by, why }) {
      let taken: StoredApproval | undefined;
      await update(options, model, (stored) => {
        const waiting = fresh(stored);
        taken = waiting.find((one) => one.id === id);
        if (taken === undefined)
          throw new errors.GLIMPSE_APPROVAL_NOT_FOUND(model, id.slice(0, 64));
        const { askedBy } = taken;
        if (approve && !isAnother(by, askedBy)) {
          throw new errors.GLIMPSE_APPROVAL_OWN();
        }
        return waiting.filter((one) => one.id !== id);
      });
      const { kind, change, askedBy } = taken!;
      const from = { state: 'asked', id, kind, ...change, askedBy };
      const to = { state: approve ? 'approved' : 'rejected', id };
      await recordDone(history, model, { what: 'approval', from, to, cause: { by, why } });
      return taken!;
    },
  };
}

/** Whoever shows neither key nor token is nobody in particular: by another address it may be the same one again. */
const nobodys: readonly string[] = ['local', 'anonymous', 'unknown'];

/** Whether who approves is known not to be who asked. */
function isAnother(by: Actor, askedBy: StoredApproval['askedBy']): boolean {
  if (nobodys.includes(by.kind) || nobodys.includes(askedBy.kind)) return false;
  return askedBy.kind !== by.kind || askedBy.id !== by.id;
}

/** The same change by the same caller. */
function isSame(one: StoredApproval, other: StoredApproval): boolean {
  return (
    one.kind === other.kind &&
    one.askedBy.kind === other.askedBy.kind &&
    one.askedBy.id === other.askedBy.id &&
    canonicalJson(one.change) === canonicalJson(other.change)
  );
}

async function update(
  { store, checkConditions }: ApprovalOptions,
  model: string,
  change: (stored: StoredApprovals) => StoredApproval[],
): Promise<readonly StoredApproval[]> {
  await checkConditions();
  const key = approvalsKey(model);
  const writer = randomUUID();
  const changed = await compareAndSet<StoredApprovals>(store, {
    key,
    read: () => read(store, model),
    change: (stored) => ({ formatVersion: 1, writer, pending: change(stored) }),
    accept: (bytes) => parse(bytes, key),
  });
  if (changed === undefined) throw new errors.GLIMPSE_APPROVALS_FULL(maxPending, model);
  return changed.value.pending;
}

async function read(
  store: ArtifactStore,
  model: string,
  signal?: AbortSignal,
): Promise<StoredValue<StoredApprovals>> {
  const key = approvalsKey(model);
  const found = await store.read(key, { maxBytes, signal });
  if (typeof found !== 'object') {
    return { value: { formatVersion: 1, writer: '', pending: [] }, etag: undefined };
  }
  return { value: parse(found.body, key), etag: found.etag };
}

function approvalsKey(model: string): string {
  checkName('model name', model);
  return `${model}/${approvalsFile}`;
}

function parse(bytes: Uint8Array, key: string): StoredApprovals {
  const refuse = refusalAt(key);
  const value = parseJsonBytes(bytes, maxBytes, refuse);
  return Check(ApprovalsSchema, value) ? value : refuse('it is no list of approvals');
}
