import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { openImages } from '../compose/open.ts';
import { cellOptions } from '../compose/runtimes.ts';
import { readConfig } from '../config.ts';
import { inspectInCell } from '../runtime/cells/start-cell.ts';
import { defineCommand, print, printAside, type ValuesOf } from './command.ts';
import { inputOptions } from './option-groups/input-options.ts';
import { flag, number, required, requiredText, text } from './options.ts';
import { inWords } from '../publishing/parity/contract-in-words.ts';
import type { Remainder } from '../publishing/parity/remainders.ts';
import { findByReferences } from '../publishing/find-by-references.ts';
import type { Inspect } from '../publishing/fit-graph.ts';
import { engineFor } from '../publishing/foreign-engine.ts';
import { entryOf, gatherModel } from '../publishing/gather-model.ts';
import { table } from './table.ts';

const options = {
  reference: requiredText(
    'folder',
    'images, and beside each under the same name what the trainer’s own code made of it: a .npy with the tensor its model was given, or its scores as .npy or .json',
  ),
  preprocessing: text(
    'what',
    'what is known of the contract: a preset, JSON or a JSON file; only the rest is looked for',
  ),
  ...inputOptions,
  output: text('name', 'which output holds the scores, when the graph has several that could'),
  tolerance: number(
    'number',
    'what may remain: levels of 255 in the mean of an image (1), or for recorded scores the difference of one (0.01)',
  ),
  out: text('file', 'where the contract is written, for publish --preprocessing'),
  json: flag('contract and what remains as JSON'),
};

export const command = defineCommand({
  name: 'parity',
  description:
    'Finds out how images were prepared for a model, from images beside the tensors or scores that the trainer’s own code made of them: which of the contracts that Glimpse can carry out matches best, and what remains of each image. Refuses what none matches, and asks where several match as well.',
  arguments: { file: required('the ONNX file, or the folder of a SavedModel') },
  options,
  run: parity,
});

async function parity(
  given: ValuesOf<typeof options> & { readonly file: string },
): Promise<number> {
  const config = readConfig();
  const folder = await mkdtemp(join(tmpdir(), 'glimpse-parity-'));
  const images = openImages(config);
  try {
    const files = await gatherModel(resolve(given.file), folder);
    const entry = join(folder, entryOf(files));
    const inspect: Inspect = (file) => inspectInCell(file, cellOptions(config));
    const graph = await engineFor(entry).open(entry, given, inspect);
    const known = { ...given, output: graph.outputName };
    const { contract, remaining } = await findByReferences(entry, graph, known, images, config);
    if (given.out !== undefined) {
      await writeFile(given.out, `${JSON.stringify(contract, null, 2)}\n`);
    }
    if (given.json) print(JSON.stringify({ contract, remaining }, null, 2));
    else for (const line of describe(remaining)) print(line);
    printAside(inWords(contract));
    return 0;
  } finally {
    await images.close();
    await rm(folder, { recursive: true, force: true });
  }
}

const cell = (value: number | undefined, digits: number): string =>
  value === undefined ? '-' : value.toFixed(digits);

/** What remains of each image. */
function describe(remaining: readonly Remainder[]): string[] {
  const rows = remaining.map(({ name, mean, largest, score }) => [
    name,
    cell(mean, 3),
    cell(largest, 2),
    cell(score, 6),
  ]);
  return [table(['image', 'mean level', 'largest', 'score'], rows)];
}
