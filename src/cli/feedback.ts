import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLogStore } from '../compose/evidence.ts';
import { openRepository } from '../compose/open.ts';
import { readConfig, type Config } from '../config.ts';
import { errors } from '../errors.ts';
import { exportFeedback } from '../evidence/log/export-feedback.ts';
import type { Preprocessing } from '../preprocessing/contract.ts';
import { rowShapeOf } from '../preprocessing/row-shape.ts';
import { defineCommand, print, UsageError } from './command.ts';
import { importDataset, importedInWords } from './dataset/import.ts';
import { flag, text } from './options.ts';

const exportCommand = defineCommand({
  name: 'export',
  summary: 'make a dataset of labelled predictions',
  description:
    'Takes the images that POST /feedback has labelled from the prediction log (GLIMPSE_PREDICTION_LOG), and stores them as a dataset, prepared as the model prepares them: glimpse train dataset:NAME. Or writes them into a folder.',
  options: {
    model: text('NAME', 'whose predictions; unless given, GLIMPSE_DEFAULT_MODEL'),
    name: text('NAME', 'what the stored dataset is to be called'),
    out: text('FOLDER', 'write the images and labels.csv there'),
    json: flag('for machines'),
  },
  async run({ model: named, name, out, json }) {
    if (name === undefined && out === undefined) throw new UsageError('Give --name or --out.');
    const config = readConfig();
    const model = named ?? config.GLIMPSE_DEFAULT_MODEL;
    const folder = out ?? (await mkdtemp(join(tmpdir(), 'glimpse-feedback-')));
    try {
      const exported = await exportTo(config, model, folder);
      const stored =
        name === undefined
          ? undefined
          : await store(config, model, name, { folder, classes: exported.classes });
      print(
        json
          ? JSON.stringify({ model, ...exported, ...(stored && { dataset: stored }) }, null, 2)
          : [
              `${exported.images} labelled images of ${model}; ${exported.withoutImage} labels have no image`,
              ...(out === undefined ? [] : [`written to ${out}`]),
              ...(stored ? [importedInWords(stored)] : []),
            ].join('\n'),
      );
      return 0;
    } finally {
      if (out === undefined) await rm(folder, { recursive: true, force: true });
    }
  },
});

export const command = defineCommand({
  name: 'feedback',
  description: 'Makes use of what predictions turned out to be.',
  commands: [exportCommand],
});

async function exportTo(config: Config, model: string, folder: string) {
  const logStore = openLogStore(config);
  if (!logStore) throw new errors.GLIMPSE_NO_PREDICTION_LOG();
  try {
    return await exportFeedback(logStore, model, folder);
  } finally {
    await logStore.close();
  }
}

/** Stored as the newest version of the model prepares images, so that they fit what it was trained on. */
async function store(
  config: Config,
  model: string,
  name: string,
  { folder, classes }: { readonly folder: string; readonly classes: readonly string[] },
) {
  const contract = await preprocessingOf(config, model);
  const { width: _w, height: _h, channels: _c, ...preprocessing } = contract;
  // Named, since a few labels of many classes look like ids.
  const dataset = { uri: folder, shape: rowShapeOf(contract), classes: classes.toSorted() };
  return importDataset({ name, dataset, preprocessing }, []);
}

async function preprocessingOf(config: Config, model: string): Promise<Preprocessing> {
  const repository = openRepository(config);
  try {
    const version = (await repository.versions(model)).at(-1);
    if (version === undefined) throw new errors.GLIMPSE_MODEL_NOT_FOUND(model);
    return (await repository.manifest(model, version)).preprocessing;
  } finally {
    await repository.close();
  }
}
