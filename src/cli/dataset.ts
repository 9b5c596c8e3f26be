import { textOfShape } from '../datasets/dataset.ts';
import { readConfig } from '../config.ts';
import { openRepository } from '../compose/open.ts';
import {
  createDatasetCatalogue,
  type DatasetCatalogue,
  type StoredDataset,
} from '../datasets/catalogue.ts';
import { defineCommand, print } from './command.ts';
import { importCommand } from './dataset/import.ts';
import { lookCommand } from './dataset/look.ts';
import { summariseCleaning } from './dataset/cleaning-summary.ts';
import { flag, required } from './options.ts';
import { table } from './table.ts';

const list = defineCommand({
  name: 'list',
  summary: 'list what is stored',
  description: 'Lists the datasets of the repository and their latest import.',
  options: { json: flag('for machines') },
  run: ({ json }) =>
    looking(async (catalogue, uri) => {
      const datasets = await catalogue.list();
      return json ? JSON.stringify({ repository: uri, datasets }, null, 2) : listed(datasets, uri);
    }),
});

const show = defineCommand({
  name: 'show',
  summary: 'tell about one of them',
  description: 'Tells the classes of a stored dataset, and what its import left out.',
  arguments: { dataset: required('NAME, or NAME@digest') },
  options: { json: flag('for machines') },
  async run({ dataset, json }) {
    const [, name, digest] = /^(?:dataset:)?([^@]*)(?:@(.*))?$/.exec(dataset) ?? [];
    return looking(async (catalogue) => {
      const found = await catalogue.find(name ?? '', digest);
      return json ? JSON.stringify(found, null, 2) : inWords(found);
    });
  },
});

export const command = defineCommand({
  name: 'dataset',
  description:
    'Tells what is understood of a dataset, stores datasets in the repository (GLIMPSE_REPOSITORY), beside the models, and tells what is there.',
  commands: [lookCommand, importCommand, list, show],
});

function listed(datasets: Awaited<ReturnType<DatasetCatalogue['list']>>, uri: string): string {
  const rows = datasets.map(({ name, latest, examples, shape, classes, createdAt, problem }) => [
    name,
    latest.slice(0, 12),
    String(examples ?? ''),
    String(classes?.length ?? ''),
    shape ? textOfShape(shape) : '',
    createdAt ? dateOf(createdAt) : (problem ?? ''),
  ]);
  return rows.length > 0
    ? table(['dataset', 'latest', 'examples', 'classes', 'size', 'stored (UTC)'], rows)
    : `There is no dataset in ${uri}.`;
}

async function looking(
  look: (catalogue: DatasetCatalogue, uri: string) => Promise<string>,
): Promise<number> {
  const repository = openRepository(readConfig());
  try {
    print(
      await look(createDatasetCatalogue(repository.datasets, repository.deletions), repository.uri),
    );
  } finally {
    await repository.close();
  }
  return 0;
}

const dateOf = (time: string): string => time.slice(0, 19).replace('T', ' ');

function inWords(found: StoredDataset): string {
  const rows = found.classes.map((name, index) => [name, String(found.classCounts[index])]);
  return [
    found.uri,
    `${found.examples} examples of ${textOfShape(found.shape)}, stored ${dateOf(found.createdAt)} UTC from ${sourceInWords(found)}`,
    ...summariseCleaning(found.report),
    '',
    table(['class', 'examples'], rows),
  ].join('\n');
}

function sourceInWords({ source: { uri, uploads } }: StoredDataset): string {
  if (typeof uri === 'string') return uri;
  return Array.isArray(uploads) ? uploads.join(', ') : 'somewhere';
}
