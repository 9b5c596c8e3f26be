import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { TrainRequest } from '../../../src/training/request.ts';
import { tinyWorkshop } from '../../training/tiny-run.ts';
import { openerOver } from '../dataset-files.ts';
import { formCalled } from './forms.ts';
import { digestOf, examples } from './logical-dataset.ts';

const request: TrainRequest = {
  epochs: 2,
  batchSize: 8,
  validationSplit: 0.2,
  testSplit: 0.1,
  maxBadRows: 0,
  architecture: { layers: [{ type: 'flatten' }, { type: 'dense', units: 8 }, { type: 'dense' }] },
};

/** Trains on a form; what was read and what came out. */
async function trainOn(name: string): Promise<readonly [dataset: unknown, model: string]> {
  const form = formCalled(name);
  const { folder, repository, run } = await tinyWorkshop();
  for (const [file, content] of Object.entries(await form.files())) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), content);
  }
  const dataset = { uri: form.uri, ...form.spec };
  const { version } = await run({ ...request, dataset }, { datasets: openerOver(folder) });
  const { lineage } = await repository.manifest('bars', version);
  const model = await readFile(join(folder, `models/bars/${version}/model.onnx`));
  return [lineage?.dataset?.['digest'], createHash('sha256').update(model).digest('hex')];
}

let first: ReturnType<typeof trainOn> | undefined;

describe('the same images make the same model', () => {
  it.each([
    'CSV with a header',
    'JSON in UTF-16LE',
    'NDJSON of nested rows',
    'IDX files in xz',
    '.npz, compressed, of rows',
    'Parquet with images',
    'a zip of Windows PowerShell',
    'a manifest as CSV',
    'shards of a WebDataset',
  ])('as %s', { timeout: 60_000 }, async (name) => {
    first ??= trainOn('CSV without a header');
    const [dataset, model] = await first;
    expect(dataset).toBe(digestOf(examples));
    expect(await trainOn(name)).toEqual([dataset, model]);
  });
});
