import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { readConfig } from '../config.ts';
import { adoptModel, type Adopted } from '../publishing/adopting/adopt-model.ts';
import { outputKinds } from '../publishing/output-kind.ts';
import { inWords } from '../publishing/parity/contract-in-words.ts';
import { defineCommand, print, printAside, type ValuesOf } from './command.ts';
import { inputOptions } from './option-groups/input-options.ts';
import { choice, flag, required, requiredText, share, text } from './options.ts';
import { publishFile } from './publish.ts';
import { table } from './table.ts';

const options = {
  model: requiredText('name', 'the model it becomes a version of'),
  examples: requiredText(
    'folder',
    'labelled images, a folder of them for each class: a handful, of at least two classes; 40 are looked at',
  ),
  atLeast: share('the share of the examples that must be answered rightly (0.8)'),
  classes: text('a,b,c', 'as for publish; unless given, those that the model tells'),
  classesFile: text('file', 'the same, always read as a file'),
  preprocessing: text(
    'what',
    'what is known of the contract: a preset, JSON or a JSON file; only the rest is looked for',
  ),
  ...inputOptions,
  output: text('name', 'which output holds the scores, when the graph has several that could'),
  outputKind: choice(outputKinds, 'what the output gives; unless given, found out by trying'),
  label: text('name', 'also point this label at the new version, e.g. production'),
  source: text('text', 'where it comes from, for its lineage; unless given, the file name'),
  dryRun: flag('everything but the publishing'),
  json: flag('the manifest as JSON'),
};

export const command = defineCommand({
  name: 'adopt',
  description:
    'Publishes a model of which only the file and some labelled images are there: how images were prepared for it (order of channels, scale, mean, resizing, crop) is looked for until the images are answered rightly. Tells what it found and how right it is. Refuses when nothing is right, and when ways that differ are equally right.',
  arguments: { file: required('a model file or folder, as for publish') },
  options,
  run: adopt,
});

const LEAST_RIGHT = 0.8;
/** How many contracts are shown. */
const SHOWN = 5;

async function adopt(given: ValuesOf<typeof options> & { readonly file: string }): Promise<number> {
  const config = readConfig();
  const folder = await mkdtemp(join(tmpdir(), 'glimpse-adopt-'));
  try {
    const facts = { ...given, atLeast: given.atLeast ?? LEAST_RIGHT };
    const adopted = await adoptModel(resolve(given.file), folder, facts, config);
    (given.json ? printAside : print)(proof(adopted));
    const said = {
      ...given,
      preprocessing: JSON.stringify(adopted.contract),
      golden: adopted.golden,
      reference: undefined,
      tolerance: undefined,
      minScore: undefined,
    };
    await publishFile(given.file, said, config);
    return 0;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The best contracts, and what the model makes of the examples by them. */
function proof({ judged, examples }: Adopted): string {
  const rows = judged
    .slice(0, SHOWN)
    .map(({ contract, right, likelihood }) => [
      `${right}/${examples.length}`,
      likelihood.toFixed(4),
      inWords(contract),
    ]);
  return table(['right', 'log-likelihood', 'contract'], rows);
}
