import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openDatasetCheck, openRepository } from '../../compose/open.ts';
import { readConfig, type Config } from '../../config.ts';
import { lookAtDataset } from '../../datasets/looking/look-at-dataset.ts';
import type { DatasetLook } from '../../datasets/looking/look-report.ts';
import type { UploadedFile } from '../../datasets/spec.ts';
import { lookJob } from '../../jobs/kinds/look.ts';
import { inheritFor } from '../../training/predecessor.ts';
import { defineCommand, print, printAside } from '../command.ts';
import { maxBadRows, readingOf, readingOptions } from '../option-groups/dataset-options.ts';
import { sourcesOf, withDatasets } from './reading.ts';
import { lookInWords } from './look-summary.ts';
import { defined, flag, many, nameOrJson, number, text } from '../options.ts';

/** `glimpse dataset look`: reads in this process, and stores nothing. */
export const lookCommand = defineCommand({
  name: 'look',
  summary: 'tell what is understood of a dataset, and what to doubt',
  description:
    'Reads a dataset as training would, and tells its label, values, sizes, classes and parts, what is there twice, what stands out and what was not read; and for each question the setting that decides it. Ends with 1 when training would refuse it.',
  arguments: { sources: many('a file, a folder, an archive or a URI; or several files') },
  options: {
    ...readingOptions,
    maxBadRows,
    preprocessing: nameOrJson('P', 'how images become pixels, as JSON'),
    model: text('NAME', 'the model that is to be trained with it, whose newest version says how'),
    validationSplit: number('X', 'share of the dataset set aside to choose by (0.1)'),
    testSplit: number('X', 'share of the dataset set aside to measure on (0.1)'),
    seed: number('N', 'decides which examples are set aside, as in training (1)'),
    sheet: text('FILE', 'write some images of each class into this PNG'),
    json: flag('for machines'),
  },
  async run({ sources, json, sheet, ...given }) {
    const { model, maxBadRows, preprocessing, validationSplit, testSplit, seed, ...reading } =
      given;
    const { uri, files } = await sourcesOf(sources);
    const dataset = readingOf(reading, uri);
    const settings = { maxBadRows, preprocessing, validationSplit, testSplit, seed };
    const request = { model, dataset, ...settings };
    const looked = await look(defined(request), files, sheet);
    print(json ? JSON.stringify(looked, null, 2) : lookInWords(looked));
    return looked.trainable ? 0 : 1;
  },
});

/** What is taken over from the model's newest version; a repository is opened only for a model that is named. */
async function inherit(config: Config, model: string | undefined, signal: AbortSignal) {
  if (model === undefined) return {};
  const repository = openRepository(config);
  try {
    return await inheritFor(model, repository, signal);
  } finally {
    await repository.close();
  }
}

async function look(
  request: unknown,
  uploads: readonly UploadedFile[],
  sheet: string | undefined,
): Promise<DatasetLook> {
  const config = readConfig();
  const accepted = await lookJob.accept(request, uploads, {
    datasets: openDatasetCheck(config, 'anywhere'),
  });
  return withDatasets(config, async (reading) => {
    let hasSheet = false;
    const saveSheet = async (png: Buffer): Promise<void> => {
      await writeFile(sheet ?? join(reading.jobDir, 'sheet.png'), png);
      hasSheet = true;
    };
    const inherited = await inherit(config, accepted.request.model, reading.signal);
    const context = { ...reading, ...inherited, uploads, report: () => {}, saveSheet };
    const { looked, notes } = await lookAtDataset(accepted.request, context);
    for (const note of notes) printAside(note);
    if (sheet !== undefined && !hasSheet) printAside('No image could be read for a contact sheet.');
    return hasSheet && sheet !== undefined ? { ...looked, sheet } : looked;
  });
}
