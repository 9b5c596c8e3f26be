import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { openDatasets, openImages } from '../../compose/open.ts';
import type { Config } from '../../config.ts';
import type { DatasetOpener } from '../../datasets/open.ts';
import { allowedPath } from '../../datasets/places/local.ts';
import { schemeOf } from '../../datasets/places/location.ts';
import type { UploadedFile } from '../../datasets/spec.ts';
import { errors } from '../../errors.ts';
import { UsageError } from '../command.ts';

/** What a command reads datasets with. */
export interface DatasetReading {
  readonly datasets: DatasetOpener;
  /** A folder of its own, for downloads. */
  readonly jobDir: string;
  /** Aborts when the caller ends the command. */
  readonly signal: AbortSignal;
}

/** Lets a command read datasets from anywhere, and cleans up after it. */
export async function withDatasets<Result>(
  config: Config,
  read: (reading: DatasetReading) => Promise<Result>,
): Promise<Result> {
  const images = openImages(config);
  const jobDir = await mkdtemp(join(tmpdir(), 'glimpse-dataset-'));
  const stop = new AbortController();
  const cancel = (): void => stop.abort(new errors.GLIMPSE_TRAINING_CANCELLED());
  process.once('SIGINT', cancel).once('SIGTERM', cancel);
  try {
    const datasets = openDatasets(config, images, 'anywhere');
    return await read({ datasets, jobDir, signal: stop.signal });
  } finally {
    process.off('SIGINT', cancel).off('SIGTERM', cancel);
    await rm(jobDir, { recursive: true, force: true });
    await images.close();
  }
}

/** One thing is read where it is; several files are one dataset, as they would be in an upload. */
export async function sourcesOf(sources: readonly string[]): Promise<{
  readonly uri: string | undefined;
  readonly files: readonly UploadedFile[];
}> {
  const [first, ...more] = sources;
  if (more.length === 0) return { uri: first, files: [] };
  const far = sources.find((source) => schemeOf(source) !== 'file');
  if (far !== undefined) throw new UsageError(`Several sources must be files here; ${far} is not.`);
  return { uri: undefined, files: await Promise.all(sources.map(fileAt)) };
}

async function fileAt(path: string): Promise<UploadedFile> {
  return { part: 'file', name: basename(path), file: await allowedPath(path, undefined) };
}
