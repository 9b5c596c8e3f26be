import { mapConcurrently } from '../concurrency.ts';
import { readConfig } from '../config.ts';
import { errors, isGlimpseError } from '../errors.ts';
import type { Manifest } from '../repository/manifest.ts';
import type { Repository } from '../repository/repository.ts';
import { openRepository } from '../compose/open.ts';
import { defineCommand, print } from './command.ts';
import { flag, optional } from './options.ts';
import { table } from './table.ts';
import { intervalInWords } from './train/train-progress.ts';

export const command = defineCommand({
  name: 'models',
  description:
    'Lists the models of the repository (GLIMPSE_REPOSITORY) and their labels, or the versions of one model.',
  arguments: { model: optional('the model whose versions are listed') },
  options: { json: flag('for machines') },
  async run({ model, json }) {
    const repository = openRepository(readConfig());
    try {
      const found = await (model === undefined
        ? listModels(repository)
        : listVersions(repository, model));
      print(json ? JSON.stringify(found.facts, null, 2) : found.text);
    } finally {
      await repository.close();
    }
    return 0;
  },
});

/** Models or versions read at once. */
const readsAtOnce = 8;

interface Listing {
  readonly facts: unknown;
  readonly text: string;
}

async function listModels(repository: Repository): Promise<Listing> {
  const names = await repository.models();
  const models = await mapConcurrently(names, readsAtOnce, async (model) => ({
    model,
    versions: await repository.versions(model),
    labels: await labelsOf(repository, model),
  }));
  const rows = models.map(({ model, versions, labels }) => [
    model,
    String(versions.length),
    String(versions.at(-1) ?? ''),
    inWords(labels),
  ]);
  const text =
    rows.length > 0
      ? table(['model', 'versions', 'newest', 'labels'], rows)
      : `There is no model in ${repository.uri}.`;
  return { facts: { repository: repository.uri, models }, text };
}

async function listVersions(repository: Repository, model: string): Promise<Listing> {
  const numbers = await repository.versions(model);
  if (numbers.length === 0) throw new errors.GLIMPSE_MODEL_NOT_FOUND(model);
  const labels = await labelsOf(repository, model);
  const versions = await mapConcurrently(numbers.toReversed(), readsAtOnce, async (version) => ({
    version,
    labels: Object.keys(labels).filter((label) => labels[label] === version),
    manifest: await manifestOrReason(repository, model, version),
  }));
  const rows = versions.map(({ version, labels: own, manifest }) => [
    String(version),
    own.join(', '),
    ...(typeof manifest === 'string'
      ? ['', '', '', manifest]
      : [
          manifest.createdAt.slice(0, 19).replace('T', ' '),
          share(manifest.metrics.accuracy) + intervalInWords(manifest.metrics),
          share(manifest.metrics.servedAccuracy),
          describe(manifest),
        ]),
  ]);
  return {
    facts: { repository: repository.uri, model, labels, versions },
    text: table(['version', 'labels', 'created (UTC)', 'accuracy', 'as images', 'what'], rows),
  };
}

function share(accuracy: number | undefined): string {
  return accuracy === undefined ? '' : `${(accuracy * 100).toFixed(2)}%`;
}

async function labelsOf(
  repository: Repository,
  model: string,
): Promise<Readonly<Record<string, number>>> {
  const found = await repository.labels(model);
  return found === 'unchanged' ? {} : found.labels;
}

/** A version whose manifest is broken is listed all the same, with the reason in its place. */
async function manifestOrReason(
  repository: Repository,
  model: string,
  version: number,
): Promise<Manifest | string> {
  try {
    return await repository.manifest(model, version);
  } catch (error) {
    if (isGlimpseError(error)) return error.message;
    throw error;
  }
}

function describe({ runtime, signature, files, lineage }: Manifest): string {
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  const origin = lineage.source ?? (lineage.job === undefined ? '' : `job ${lineage.job}`);
  return [
    runtime,
    `${signature.classes.length} classes`,
    `[${signature.input.shape.join(', ')}]`,
    `${(bytes / 1024).toFixed(0)} KiB`,
    ...(origin === '' ? [] : [origin]),
  ].join(', ');
}

function inWords(labels: Readonly<Record<string, number>>): string {
  return Object.entries(labels)
    .map(([label, version]) => `${label}=${version}`)
    .join(' ');
}
