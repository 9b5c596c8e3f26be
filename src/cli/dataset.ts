import { parseArgs } from 'node:util';
import { readConfig } from '../config.ts';
import { openRepository } from '../compose/open.ts';
import {
  createDatasetCatalogue,
  type DatasetCatalogue,
  type StoredDataset,
} from '../datasets/catalogue.ts';
import { print, UsageError, type Command } from './command.ts';
import { importDataset } from './dataset-import.ts';
import { readingHelp } from './dataset-options.ts';
import { cleaningInWords } from './dataset-words.ts';
import { nearest } from './nearest.ts';
import { table } from './table.ts';

export const command: Command = {
  help: `glimpse dataset import <path or uri>... --name NAME [options]
glimpse dataset list
glimpse dataset show NAME[@digest]

Stores datasets in the repository (GLIMPSE_REPOSITORY), beside the models, and tells what is there. An
import leaves out bad rows, duplicates, and pixels that stand under two labels, says where they were, and
keeps the rest under its digest: glimpse train dataset:NAME. Several files are one dataset: IDX images with
their labels, an archive with its list.

  --name NAME           what it is to be called; the newest import under a name is its latest
  --keep-duplicates     leave in what has the same pixels as another example, and only report it
  --preprocessing P     how images become pixels, as JSON
${readingHelp}
  --max-bad-rows X      unusable rows passed over: a share below 1, else a number (0.01)
  --json                for machines`,
  async run([verb, ...args]) {
    if (verb === 'import') return importDataset(args);
    if (verb === 'list') return list(args);
    if (verb === 'show') return show(args);
    const meant = nearest(verb ?? '', ['import', 'list', 'show']);
    throw new UsageError(
      verb === undefined || meant === undefined
        ? 'glimpse dataset takes import, list or show.'
        : `glimpse dataset has no "${verb}"; did you mean ${meant}?`,
    );
  },
};

async function list(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options: { json: { type: 'boolean' } } });
  return looking(async (catalogue, uri) => {
    const datasets = await catalogue.list();
    if (values.json) return JSON.stringify({ repository: uri, datasets }, null, 2);
    const rows = datasets.map(({ name, latest, examples, shape, classes, createdAt, problem }) => [
      name,
      latest.slice(0, 12),
      String(examples ?? ''),
      String(classes?.length ?? ''),
      shape ? `${shape.width}x${shape.height}x${shape.channels}` : '',
      createdAt ? dateOf(createdAt) : (problem ?? ''),
    ]);
    return rows.length > 0
      ? table(['dataset', 'latest', 'examples', 'classes', 'size', 'stored (UTC)'], rows)
      : `There is no dataset in ${uri}.`;
  });
}

async function show(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    options: { json: { type: 'boolean' } },
    allowPositionals: true,
  });
  const [asked, ...more] = positionals;
  if (asked === undefined || more.length > 0) throw new UsageError('Name one dataset.');
  const [, name, digest] = /^(?:dataset:)?([^@]*)(?:@(.*))?$/.exec(asked) ?? [];
  return looking(async (catalogue) => {
    const found = await catalogue.find(name ?? '', digest);
    return values.json ? JSON.stringify(found, null, 2) : inWords(found);
  });
}

async function looking(
  look: (catalogue: DatasetCatalogue, uri: string) => Promise<string>,
): Promise<number> {
  const repository = openRepository(readConfig());
  try {
    print(await look(createDatasetCatalogue(repository.datasets), repository.uri));
  } finally {
    await repository.close();
  }
  return 0;
}

const dateOf = (time: string): string => time.slice(0, 19).replace('T', ' ');

function inWords(found: StoredDataset): string {
  const { width, height, channels } = found.shape;
  const rows = found.classes.map((name, index) => [name, String(found.classCounts[index])]);
  return [
    found.uri,
    `${found.examples} examples of ${width}x${height}x${channels}, stored ${dateOf(found.createdAt)} UTC from ${sourceInWords(found)}`,
    ...cleaningInWords(found.report),
    '',
    table(['class', 'examples'], rows),
  ].join('\n');
}

function sourceInWords({ source: { uri, uploads } }: StoredDataset): string {
  if (typeof uri === 'string') return uri;
  return Array.isArray(uploads) ? uploads.join(', ') : 'somewhere';
}
