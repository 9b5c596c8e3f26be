import type { DatasetRepository } from './datasets/dataset-repository.ts';
import type { ApprovalRepository } from './approvals/approval-repository.ts';
import type { Cause } from './history/history-entry.ts';
import type { HistoryRepository } from './history/history-repository.ts';
import type { Deletions } from './deletions.ts';
import type { KeptRepository } from './cache/kept-repository.ts';
import type { ListedModel } from './listing.ts';
import type { Manifest } from './manifest.ts';
import type { TrafficRepository } from './traffic/traffic-repository.ts';
import type { ReleaseRepository } from './releases/release-repository.ts';

/** Versions at rest: the meaning of the bytes in an artifact store. */
export interface Repository {
  /** Where it is, for people on this machine. */
  readonly uri: string;
  /** Its name in errors for clients: s3://bucket/prefix, or the setting that chose the folder. */
  readonly name: string;
  /** The folder of this machine in which it lies, if it does. */
  readonly folder?: string;
  /** What is kept of it on this machine, where it lies elsewhere. */
  readonly kept?: KeptRepository;
  /** Every model folder, sorted by name. */
  models(signal?: AbortSignal): Promise<string[]>;
  /** Versions that have a manifest and were not deleted, ascending. */
  versions(model: string, signal?: AbortSignal): Promise<number[]>;
  /** The same with what else one listing of the model's keys tells. */
  list(model: string, signal?: AbortSignal): Promise<ListedModel>;
  /** Every model by one listing of all keys: on S3 a request for each thousand of them, and none for each model. */
  listAll(signal?: AbortSignal): Promise<WholeListing>;
  /** Labels of a model, 'unchanged' when `unlessEtag` still names them: one conditional request. */
  labels(model: string, unlessEtag?: string, signal?: AbortSignal): Promise<Labels | 'unchanged'>;
  /**
   * Moves or (version null) removes a label by compare-and-set, other labels untouched. With `ifMatch`
   * (the etag the caller read) it is GLIMPSE_LABEL_CONFLICT when somebody else was faster; without it
   * the change is made on top of theirs. GLIMPSE_VERSION_NOT_FOUND when the version has no manifest,
   * GLIMPSE_LABEL_NOT_FOUND when there is nothing to remove. `latest` is publishing's own.
   */
  setLabel(change: LabelChange, signal?: AbortSignal): Promise<MovedLabel>;
  /** The manifest, validated. GLIMPSE_VERSION_NOT_FOUND, GLIMPSE_MANIFEST_INVALID. */
  manifest(model: string, version: number, signal?: AbortSignal): Promise<Manifest>;
  /**
   * The version's files in a local folder, every size and SHA-256 verified; downloaded once and kept.
   * GLIMPSE_CHECKSUM_MISMATCH, GLIMPSE_FILE_MISSING.
   */
  open(model: string, version: number, signal?: AbortSignal): Promise<OpenedVersion>;
  /**
   * Claims the next number, writes the files, writes the manifest last, then moves `latest` and the
   * wished label. A crash at any point leaves either no version or a whole one.
   */
  publish(draft: VersionDraft, signal?: AbortSignal, publication?: Publication): Promise<Manifest>;
  /**
   * Whether a version of this model with these labels could be published: GLIMPSE_BAD_NAME, GLIMPSE_TOO_MANY_MODELS,
   * GLIMPSE_TOO_MANY_LABELS. Publishing asks it as well; whoever works long for a version asks first.
   */
  checkRoom(model: string, labels?: readonly string[], signal?: AbortSignal): Promise<void>;
  /**
   * The same, tried: something is written, and conditions are seen to be enforced. GLIMPSE_STORE_UNAVAILABLE,
   * GLIMPSE_STORE_NOT_CONDITIONAL.
   */
  tryPublishing(model: string, labels?: readonly string[], signal?: AbortSignal): Promise<void>;
  /** Which rule releases the versions of a model, and what was decided about each. */
  readonly releases: ReleaseRepository;
  /** What changed about each model: every label that moved, every policy, and what else others record. */
  readonly history: HistoryRepository;
  /** What waits for a second caller. */
  readonly approvals: ApprovalRepository;
  /** Who answers for production of each model, where it is not one version for all. */
  readonly traffic: TrafficRepository;
  /** Deleting what is not needed any more, and taking it back. */
  readonly deletions: Deletions;
  /** The datasets that lie beside the models. */
  readonly datasets: DatasetRepository;
  close(): Promise<void>;
}

/** All models of a repository, as one listing tells them. */
export interface WholeListing {
  readonly models: readonly ListedModel[];
  /** How many keys were listed. */
  readonly keys: number;
}

/** `latest` is moved by publishing, so that polling one small object finds every new version. */
export interface Labels {
  readonly labels: Readonly<Record<string, number>>;
  /** Of traffic.json, when there is one. */
  readonly trafficRevision?: number;
  /** How often something of the model was deleted or taken back. */
  readonly deletions?: number;
  /** Undefined when the model has no labels.json yet. */
  readonly etag: string | undefined;
}

/** The labels after a change of one of them. */
export interface MovedLabel extends Labels {
  /** The version that the changed label pointed at; undefined when it was not there. */
  readonly before: number | undefined;
}

export interface LabelChange {
  readonly model: string;
  readonly label: string;
  readonly version: number | null;
  readonly ifMatch?: string;
  /**
   * Only while the label points at this version, or (null) at none, or already where it shall: else
   * GLIMPSE_LABEL_CONFLICT.
   */
  readonly from?: number | null;
  /** For the history of the model. */
  readonly cause?: Cause;
  /** It moves back to where it was before. */
  readonly isRollback?: boolean;
  /** A second caller has approved it, or it changes nothing about who answers: protected labels move, too. */
  readonly isApproved?: boolean;
}

export interface OpenedVersion {
  readonly manifest: Manifest;
  /** Local folder with the files the manifest names and no other that could be taken for one of them. */
  readonly folder: string;
  /**
   * To be called once the files have been read (the runtime is loaded): rejects with
   * GLIMPSE_CHECKSUM_MISMATCH when one of them changed since it was verified, because then nobody
   * knows which bytes were read.
   */
  confirm(signal?: AbortSignal): Promise<void>;
}

/** An act of publishing that may be tried again: however often it is, one draft becomes one version. */
export interface Publication {
  /** Signs its claim and its manifest. */
  readonly writerId: string;
  /** Whether it was tried before. */
  readonly wasTried?: boolean | undefined;
  /** The number that an earlier try has claimed. */
  readonly claimed?: number | undefined;
  /**
   * Names what is published, where several may try it at once who know nothing of each other: each claims a number, and
   * one version comes to be, whoever's it is.
   */
  readonly once?: string | undefined;
  /** Called when a number is claimed, before anything else is written; a rejection ends the publishing. */
  readonly onClaimed?: (version: number) => Promise<void>;
}

/** A version before it has a number: everything of the manifest that is not the store's to say. */
export interface VersionDraft extends Omit<
  Manifest,
  'formatVersion' | 'version' | 'createdAt' | 'writerId' | 'files'
> {
  /** path in the version -> its bytes, or the local file that has them. */
  readonly files: ReadonlyMap<string, Uint8Array | { readonly file: string }>;
  /** A label that shall point at the new version once it is whole. */
  readonly label?: string;
  /** Who publishes it, and why that label moves: for the history of the model. */
  readonly cause?: Cause;
}
