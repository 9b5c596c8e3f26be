import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readConfig } from '../config.ts';
import { errors } from '../errors.ts';
import { openDatasetCheck, openDatasets, openImages, openRepository } from '../compose/open.ts';
import type { Repository } from '../repository/repository.ts';
import { createAcceptRequest } from '../jobs/kinds/accept-request.ts';
import { runEvaluation } from '../training/measuring/evaluate-version.ts';
import type { TrainOutcome } from '../training/events.ts';
import { print, printAside, UsageError, type Command } from './command.ts';
import { table } from './table.ts';
import { percent } from './train-progress.ts';

export const command: Command = {
  help: `glimpse evaluate <dataset> [options]

Measures a version of the repository (GLIMPSE_REPOSITORY) on labelled examples: accuracy, loss, precision
and recall of every class, and how far its scores are from how often they are right.

  dataset            mnist:test, sample:test, a file, a folder or archive of images, s3://bucket/key,
                     or dataset:NAME
  --model NAME       default: GLIMPSE_DEFAULT_MODEL
  --version N        default: the label production, else the newest
  --limit N --offset N  which examples of the dataset
  --label-column C   name or position of the label column; --label-column=-1 is the last
  --max-bad-rows X   unusable rows passed over: a share below 1, else a number (0.01)
  --json             all figures as JSON`,
  run: evaluate,
};

const text = { type: 'string' } as const;
const options = {
  model: text,
  version: text,
  limit: text,
  offset: text,
  'label-column': text,
  'max-bad-rows': text,
  json: { type: 'boolean' },
} as const;

async function evaluate(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
  const [uri, ...more] = positionals;
  if (uri === undefined || more.length > 0) throw new UsageError('Name one dataset.');
  const config = readConfig();
  const model = values.model ?? config.GLIMPSE_DEFAULT_MODEL;
  const column = values['label-column'];
  const request = {
    dataset: {
      uri,
      ...numberOf('limit', values.limit),
      ...numberOf('offset', values.offset),
      ...(column !== undefined && {
        labelColumn: /^-?\d+$/.test(column) ? Number(column) : column,
      }),
    },
    ...numberOf('maxBadRows', values['max-bad-rows']),
  };
  const repository = openRepository(config);
  const images = openImages(config);
  const jobDir = await mkdtemp(join(tmpdir(), 'glimpse-evaluate-'));
  try {
    const version = await versionOf(repository, model, values.version);
    const accept = createAcceptRequest({
      datasets: openDatasetCheck(config, 'anywhere'),
      defaultModel: model,
      checkVersion: (name, number) => repository.manifest(name, number),
    });
    const outcome = await runEvaluation(await accept.evaluate({ model, version }, request, []), {
      repository,
      datasets: openDatasets(config, images, 'anywhere'),
      uploads: [],
      jobDir,
      signal: new AbortController().signal,
      report: (event) => {
        if (event.type === 'note') printAside(event.note);
        if (event.type !== 'dataset' || event.dataset.badRows.count === 0) return;
        printAside(`${event.dataset.badRows.count} bad rows passed over`);
      },
    });
    print(values.json ? JSON.stringify(outcome, null, 2) : inWords(outcome));
    return 0;
  } finally {
    await rm(jobDir, { recursive: true, force: true });
    await images.close();
    await repository.close();
  }
}

/** The version asked for, else the one that answers when nobody names one. */
async function versionOf(
  repository: Repository,
  model: string,
  asked: string | undefined,
): Promise<number> {
  if (asked !== undefined) {
    if (/^[1-9]\d{0,8}$/.test(asked)) return Number(asked);
    throw new UsageError(`--version takes a whole number, not ${asked}.`);
  }
  const found = await repository.labels(model);
  const production = found === 'unchanged' ? undefined : found.labels['production'];
  const newest = (await repository.versions(model)).at(-1);
  const version = production ?? newest;
  if (version === undefined) throw new errors.GLIMPSE_MODEL_NOT_FOUND(model);
  return version;
}

function numberOf(name: string, value: string | undefined): Record<string, number> {
  if (value === undefined) return {};
  const number = Number(value);
  if (Number.isNaN(number)) throw new UsageError(`"${value}" is not a number.`);
  return { [name]: number };
}

function inWords({ model, version, metrics }: TrainOutcome): string {
  const { accuracy = 0, loss = 0, calibrationError = 0, examples, measuredOn } = metrics;
  const rows = (metrics.perClass ?? []).map((one) => [
    one.class,
    String(one.examples),
    share(one.precision),
    share(one.recall),
  ]);
  return [
    `${model} version ${version}: accuracy ${percent(accuracy)} on ${examples} ${measuredOn}`,
    `loss ${loss.toFixed(4)}, calibration error ${percent(calibrationError)}`,
    '',
    table(['class', 'examples', 'precision', 'recall'], rows),
  ].join('\n');
}

function share(value: number | null): string {
  return value === null ? '' : percent(value);
}
