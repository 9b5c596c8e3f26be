import { realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { hasCode } from '../../disk-errors.ts';
import { errors } from '../../errors.ts';
import type { ArtifactStore } from '../../repository/stores/artifact-store.ts';
import { isUsableKey } from '../../repository/stores/store-key.ts';
import { liesUnder } from './allowed-buckets.ts';
import { isWithin, pathOf } from './local.ts';
import { schemeOf } from './location.ts';

/** Where predictions may be written, by the same allow-lists that datasets are read by. */
export interface OutputRoots {
  /** Local folders must really lie under this one, links followed. Undefined: anywhere. */
  readonly root: string | undefined;
  /** s3:// places must lie under one of these URIs. Undefined: anywhere. */
  readonly buckets: readonly string[] | undefined;
  /** The repository, and what else is ours: folders and s3:// URIs, in which nothing is written and which nothing is written around. */
  readonly reserved: readonly string[];
  openStore(uri: string): ArtifactStore;
}

export interface OutputPlaces {
  /** GLIMPSE_OUTPUT_FORBIDDEN for a place that is not allowed, or that lies in what is read. Asks no bucket. */
  check(uri: string, input: string | undefined): Promise<void>;
  /** The store of a place that was checked. Close it. */
  open(uri: string): Promise<ArtifactStore>;
}

/** Places for output under some roots. */
export function createOutputPlaces(roots: OutputRoots): OutputPlaces {
  const resolved = async (uri: string): Promise<string> => {
    const scheme = schemeOf(uri);
    if (scheme === 's3') return inBucket(uri, roots);
    if (scheme === 'file') return onDisk(uri, roots);
    throw forbidden(uri, 'it is neither a folder nor s3://bucket/prefix');
  };
  return {
    async check(uri, input) {
      const place = await resolved(uri);
      if (input === undefined || schemeOf(input) !== schemeOf(uri)) return;
      const read =
        schemeOf(uri) === 's3' ? input : await realOf(localPath(input, roots.root), input);
      if (overlap(place, read)) throw forbidden(uri, 'it lies in what is read, or around it');
    },
    open: async (uri) => roots.openStore(await resolved(uri)),
  };
}

function inBucket(uri: string, { buckets, reserved }: OutputRoots): string {
  const prefix = /^s3:\/\/[^/]+\/(.+?)\/?$/.exec(uri)?.[1];
  // What no key can begin with is refused now, and not once the job has its turn.
  if (prefix === undefined || !isUsableKey(prefix)) {
    throw forbidden(uri, 'it names no prefix of a bucket that can be used');
  }
  if (buckets && !buckets.some((one) => liesUnder(uri, one))) {
    throw forbidden(uri, 'it lies under none of GLIMPSE_DATASET_URIS');
  }
  return notReserved(uri, uri, reserved.filter(isBucketUri));
}

async function onDisk(uri: string, { root, reserved }: OutputRoots): Promise<string> {
  const wanted = localPath(uri, root);
  const outside = forbidden(uri, 'it lies outside the allowed root (GLIMPSE_DATASET_ROOT)');
  const real = root === undefined ? undefined : await realOf(resolve(root), uri);
  // Which files there are outside of the root must not show, so nothing there is looked at.
  const isNamedInside = [root, real].some((one) => !one || isWithin(resolve(one), wanted));
  if (!isNamedInside) throw outside;
  const place = await realOf(wanted, uri);
  if (real !== undefined && !isWithin(real, place)) throw outside;
  const folders = reserved.filter((one) => !isBucketUri(one)).map((one) => pathOf(one) ?? one);
  return notReserved(
    uri,
    place,
    await Promise.all(folders.map((one) => realOf(resolve(one), uri))),
  );
}

const isBucketUri = (uri: string): boolean => schemeOf(uri) === 's3';

function localPath(uri: string, root: string | undefined): string {
  const path = pathOf(uri);
  if (path === undefined || path === '' || path.includes('\0')) {
    throw forbidden(uri, 'it is no path');
  }
  return root === undefined ? resolve(path) : resolve(root, path);
}

/** The path with links followed, as far as it is there; errors name what the caller did. */
async function realOf(path: string, uri: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (!hasCode(error, 'ENOENT') || dirname(path) === path) throw forbidden(uri, 'it is no path');
    return join(await realOf(dirname(path), uri), basename(path));
  }
}

function notReserved(uri: string, place: string, reserved: readonly string[]): string {
  if (!reserved.some((one) => overlap(place, one))) return place;
  throw forbidden(uri, 'the repository or other data of this server lies there');
}

/** Whether one lies in the other, or is it. */
function overlap(one: string, other: string): boolean {
  const isBelow = isBucketUri(one) ? liesUnder : (a: string, b: string) => isWithin(b, a);
  return isBelow(one, other) || isBelow(other, one);
}

function forbidden(uri: string, reason: string): Error {
  return new errors.GLIMPSE_OUTPUT_FORBIDDEN(uri.slice(0, 200), reason);
}
