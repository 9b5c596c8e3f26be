import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Static } from 'typebox';
import { Check } from 'typebox/schema';
import { canonicalJson } from '../../json.ts';
import { Closed } from '../../schema.ts';
import { Type } from '../../schema/builder.ts';
import { readKeptManifest } from './kept-manifest.ts';
import type { Manifest } from '../manifest.ts';
import { isModelName, isName, versionNumbers } from '../names.ts';
import { sealedFile } from '../files/sealed-file.ts';
import { TrafficRecordSchema, versionsNamedBy } from '../traffic/traffic-record.ts';
import type { VerifiedFolder } from '../verified-folder.ts';
import type { VersionCache } from './version-cache.ts';

/** The models of a repository with their versions and labels, as they were at one time. */
const ListingSchema = Type.Object(
  {
    seenAt: Type.String({ description: 'When the repository said so. RFC 3339, UTC.' }),
    models: Type.Array(
      Type.Object(
        {
          model: Type.String(),
          versions: Type.Array(Type.Integer({ minimum: 1 })),
          labels: Type.Record(Type.String(), Type.Integer({ minimum: 1 })),
          traffic: Type.Optional(TrafficRecordSchema),
        },
        Closed,
      ),
    ),
  },
  Closed,
);
export type Listing = Static<typeof ListingSchema>;

/** The versions that labels and traffic rules named when the repository last said so, as "model/version". */
export function labelledIn(listing: Listing | undefined): Set<string> {
  const named = (listing?.models ?? []).flatMap(({ model, labels, traffic }) => {
    const routed = versionsNamedBy(traffic?.rules, (label) => labels[label]);
    return [...Object.values(labels), ...routed].map((version) => `${model}/${version}`);
  });
  return new Set(named);
}

/** A version that lies here whole, with the manifest its files were verified against. */
export interface KeptVersion extends VerifiedFolder {
  readonly manifest: Manifest;
}

/**
 * What is kept on this machine of a repository that lies elsewhere, for the time in which it does not answer: its
 * last listing, and the versions that were downloaded. Nothing here asks the store.
 */
export interface KeptRepository {
  /** Undefined when none is kept, or when what is kept is damaged or of another repository. */
  listing(): Promise<Listing | undefined>;
  /** Keeps a listing; one that says the same as the last is written again only to move its time, once a minute. */
  keepListing(listing: Listing): Promise<void>;
  /** The manifest of a version that was downloaded here; undefined when it is not kept whole. */
  manifest(model: string, version: number): Promise<Manifest | undefined>;
  /** The version, every file verified; undefined when it is not kept whole. */
  open(model: string, version: number, signal?: AbortSignal): Promise<KeptVersion | undefined>;
  /**
   * Removes the copies of versions other than these ("model/version") and those that something named when the
   * repository last said so; with `dryRun` it only names them.
   */
  prune(present: ReadonlySet<string>, options: { readonly dryRun: boolean }): Promise<string[]>;
}

const maxListingBytes = 16 * 1024 * 1024;
const moveTimeAfterMs = 60_000;

/** `subject` names the repository, `root` is the folder of its cache. */
export function createKeptRepository(
  subject: string,
  root: string,
  cache: Pick<VersionCache, 'find'>,
): KeptRepository {
  const file = sealedFile({
    file: join(root, '.listing.json'),
    subject,
    maxBytes: maxListingBytes,
  });
  let written: { readonly models: string; readonly at: number } | undefined;
  let writing: Promise<unknown> = Promise.resolve();

  const write = async (listing: Listing): Promise<void> => {
    const models = canonicalJson(listing.models);
    const at = Date.parse(listing.seenAt);
    if (written?.models === models && at - written.at < moveTimeAfterMs) return;
    await file.write(listing);
    written = { models, at };
  };
  const listing = async (): Promise<Listing | undefined> => {
    const value = await file.read();
    return isListing(value) ? value : undefined;
  };
  const manifest = (model: string, version: number): Promise<Manifest | undefined> =>
    readKeptManifest(join(root, model, String(version)), { model, version });

  return {
    listing,
    keepListing(listing) {
      const turn = writing.then(() => write(listing));
      writing = turn.catch(() => {});
      return turn;
    },
    manifest,
    async open(model, version, signal) {
      const kept = await manifest(model, version);
      const verified = kept && (await cache.find(kept, signal));
      return kept && verified && { manifest: kept, ...verified };
    },
    async prune(present, { dryRun }) {
      // Files that are missing in the repository may be what a server answers from, and starts from.
      const named = labelledIn(await listing());
      return await pruneFolders(root, new Set([...present, ...named]), dryRun);
    },
  };
}

async function pruneFolders(
  root: string,
  present: ReadonlySet<string>,
  isDryRun: boolean,
): Promise<string[]> {
  const others: string[] = [];
  for (const model of (await readdir(root).catch(() => [])).filter(isModelName)) {
    const versions = versionNumbers(await readdir(join(root, model)).catch(() => []));
    others.push(...versions.map((one) => `${model}/${one}`).filter((one) => !present.has(one)));
  }
  if (!isDryRun)
    for (const one of others) await rm(join(root, one), { recursive: true, force: true });
  return others.sort();
}

function isListing(value: unknown): value is Listing {
  return (
    Check(ListingSchema, value) &&
    !Number.isNaN(Date.parse(value.seenAt)) &&
    value.models.every(
      ({ model, labels }) => isModelName(model) && Object.keys(labels).every(isName),
    )
  );
}
