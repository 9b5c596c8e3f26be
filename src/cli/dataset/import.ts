import { readConfig } from '../../config.ts';
import { openDatasetCheck, openRepository } from '../../compose/open.ts';
import { importJob } from '../../jobs/kinds/import.ts';
import type { UploadedFile } from '../../datasets/spec.ts';
import { runImport } from '../../datasets/importing/import-dataset.ts';
import type { Imported } from '../../datasets/importing/import-events.ts';
import { defineCommand, print, printAside } from '../command.ts';
import { maxBadRows, readingOf, readingOptions } from '../option-groups/dataset-options.ts';
import { sourcesOf, withDatasets } from './reading.ts';
import { summariseCleaning } from './cleaning-summary.ts';
import { defined, flag, many, nameOrJson, requiredText } from '../options.ts';

/** `glimpse dataset import`: in this process, into the repository of the configuration. */
export const importCommand = defineCommand({
  name: 'import',
  summary: 'clean a dataset and store it',
  description:
    'Leaves out bad rows, duplicates, and pixels that stand under two labels, says where they were, and keeps the rest under its digest: glimpse train dataset:NAME. Several files are one dataset: IDX images with their labels, an archive with its list.',
  arguments: { sources: many('a file, a folder, an archive or a URI; or several files') },
  options: {
    name: requiredText('NAME', 'what it is to be called; the newest import is its latest'),
    keepDuplicates: flag(
      'leave in what has the same pixels as another example, and only report it',
    ),
    preprocessing: nameOrJson('P', 'how images become pixels, as JSON'),
    ...readingOptions,
    maxBadRows,
    json: flag('for machines'),
  },
  async run({ sources, json, name, keepDuplicates, preprocessing, maxBadRows, ...reading }) {
    const { uri, files } = await sourcesOf(sources);
    const request = defined({
      name,
      dataset: readingOf(reading, uri),
      maxBadRows,
      keepDuplicates: keepDuplicates || undefined,
      preprocessing,
    });
    const imported = await importDataset(request, files);
    print(json ? JSON.stringify(imported, null, 2) : importedInWords(imported));
    return 0;
  },
});

/** Imports what a request of `POST /datasets` asks for, in this process. */
export async function importDataset(
  request: unknown,
  uploads: readonly UploadedFile[],
): Promise<Imported> {
  const config = readConfig();
  const accepted = await importJob.accept(request, uploads, {
    datasets: openDatasetCheck(config, 'anywhere'),
  });
  const repository = openRepository(config);
  try {
    return await withDatasets(config, async (reading) => {
      const context = { ...reading, repository, uploads, report: () => {} };
      const { imported, notes } = await runImport(accepted.request, context);
      for (const note of notes) printAside(note);
      return imported;
    });
  } finally {
    await repository.close();
  }
}

/** What an import has stored, and what it left out. */
export function importedInWords({ uri, created, examples, report }: Imported): string {
  const stored = created ? 'stored' : 'stored before, and the latest of its name again';
  return [`${uri}: ${examples} examples, ${stored}`, ...summariseCleaning(report)].join('\n');
}
