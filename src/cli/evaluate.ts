import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '../config.ts';
import { openDatasetCheck, openDatasets, openImages, openRepository } from '../compose/open.ts';
import { bindLoadRuntime, onOwnThread, openTrust } from '../compose/runtimes.ts';
import { bindServingPath } from '../compose/serving-path.ts';
import { answeringVersion } from '../repository/answering-version.ts';
import { evaluateJob } from '../jobs/kinds/evaluate.ts';
import { runEvaluation } from '../training/evaluate-version.ts';
import type { EvaluateOutcome } from '../training/events.ts';
import { defineCommand, print, printAside, type ValuesOf } from './command.ts';
import { maxBadRows, readingOptions } from './option-groups/dataset-options.ts';
import { count, defined, flag, required, text } from './options.ts';
import { table } from './table.ts';
import { intervalInWords, percent, servedInWords } from './train/train-progress.ts';

const { path, limit, offset, labelColumn, imageColumn, split, range, layout } = readingOptions;
const options = {
  model: text('NAME', 'the model; unless given, GLIMPSE_DEFAULT_MODEL'),
  version: count('N', 'unless given, the label production, else the newest'),
  path,
  limit,
  offset,
  labelColumn,
  imageColumn,
  split,
  range,
  layout,
  maxBadRows,
  json: flag('all figures as JSON'),
};

export const command = defineCommand({
  name: 'evaluate',
  description:
    'Measures a version of the repository (GLIMPSE_REPOSITORY) on labelled examples: accuracy, loss, precision and recall of every class, and how far its scores are from how often they are right.',
  arguments: {
    dataset: required(
      'mnist:test, sample:test, a file, a folder or archive of images, s3://bucket/key, or dataset:NAME',
    ),
  },
  options,
  run: evaluate,
});

async function evaluate({
  dataset: uri,
  model: named,
  version: asked,
  maxBadRows,
  json,
  ...reading
}: ValuesOf<typeof options> & { readonly dataset: string }): Promise<number> {
  const config = readConfig();
  const model = named ?? config.GLIMPSE_DEFAULT_MODEL;
  const request = defined({ dataset: defined({ uri, ...reading }), maxBadRows });
  const repository = openRepository(config);
  const images = openImages(config);
  const jobDir = await mkdtemp(join(tmpdir(), 'glimpse-evaluate-'));
  try {
    const version = asked ?? (await answeringVersion(repository, model, {}));
    const accepted = await evaluateJob.accept({ ...request, model, version }, [], {
      datasets: openDatasetCheck(config, 'anywhere'),
      checkVersion: (name, number) => repository.manifest(name, number),
    });
    const outcome = await runEvaluation(accepted.request, {
      repository,
      datasets: openDatasets(config, images, 'anywhere'),
      loadRuntime: bindLoadRuntime(onOwnThread(config)),
      openServingPath: bindServingPath(config, images),
      trust: openTrust(config),
      uploads: [],
      jobDir,
      signal: new AbortController().signal,
      report: (event) => {
        if (event.type === 'note') printAside(event.note);
        if (event.type !== 'dataset' || event.dataset.badRows.count === 0) return;
        printAside(`${event.dataset.badRows.count} bad rows passed over`);
      },
    });
    print(json ? JSON.stringify(outcome, null, 2) : inWords(outcome));
    return 0;
  } finally {
    await rm(jobDir, { recursive: true, force: true });
    await images.close();
    await repository.close();
  }
}

function inWords({ model, version, metrics, notes }: EvaluateOutcome): string {
  const { accuracy = 0, macroRecall = 0, loss = 0, calibrationError = 0 } = metrics;
  const { examples, measuredOn } = metrics;
  const rows = (metrics.perClass ?? []).map((one) => [
    one.class,
    String(one.examples),
    share(one.precision),
    share(one.recall),
  ]);
  return [
    `${model} version ${version}: accuracy ${percent(accuracy)}${intervalInWords(metrics)} on ${examples} ${measuredOn}`,
    ...servedInWords(metrics),
    `loss ${loss.toFixed(4)}, mean recall of the classes ${percent(macroRecall)}, calibration error ${percent(calibrationError)}`,
    ...notes,
    '',
    table(['class', 'examples', 'precision', 'recall'], rows),
  ].join('\n');
}

function share(value: number | null): string {
  return value === null ? '' : percent(value);
}
