import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { withDigest } from '../../../src/datasets/dataset.ts';
import { plainContract } from '../../../src/preprocessing/presets.ts';
import { blocksOf } from '../../../src/training/examples/batches.ts';
import { readReference, shareExamples } from '../../../src/training/releasing/shared-examples.ts';
import { aDraft } from '../../support/drafts.ts';
import { openerOver, temporaryFolder } from '../../datasets/dataset-files.ts';

const shape = { width: 2, height: 1, channels: 3 } as const;
const preprocessing = { ...plainContract(shape), mean: [0, 0, 0], std: [1, 1, 1] };
const contractOf = (layout: 'NCHW' | 'NHWC') => {
  const { signature } = aDraft();
  return { preprocessing, signature: { ...signature, input: { ...signature.input, layout } } };
};

it('gives each of two versions the values in the order in which it takes them', async () => {
  const dataset = withDigest({
    shape,
    classes: ['a', 'b'],
    labels: Int32Array.of(1),
    pixels: Uint8Array.of(255, 0, 0, 0, 255, 0),
  });
  const examples = { dataset, indices: Int32Array.of(0), preprocessing };
  const source = { name: 'colours', prepared: () => Promise.resolve(examples) };
  const contracts = { candidate: contractOf('NCHW'), present: contractOf('NHWC') };
  const { candidate, present } = await shareExamples(source, contracts);
  const [planes] = blocksOf(candidate, 1);
  const [pixels] = blocksOf(present, 1);
  expect([...planes!.examples]).toEqual([1, 0, 0, 1, 0, 0]);
  expect([...pixels!.examples]).toEqual([1, 0, 0, 0, 1, 0]);
});

it('reads numbers of classes as the run did that named them, whatever the order of later versions', async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'a.csv'), 'label,a,b,c,d\n0,1,2,3,4\n1,4,3,2,9\n');
  const context = {
    datasets: openerOver(folder),
    jobDir: folder,
    signal: new AbortController().signal,
  };
  const dataset = { uri: 'a.csv', classes: ['pear', 'apple'] };
  const square = plainContract({ width: 2, height: 2, channels: 1 });
  const read = async (classes: string[]) => {
    const { dataset: found } = await readReference({ dataset }, classes, context).prepared(square);
    return Array.from(found.labels, (label) => found.classes[label]);
  };
  expect(await read(['apple', 'pear'])).toEqual(['pear', 'apple']);
  expect(await read(['pear', 'apple'])).toEqual(['pear', 'apple']);
});

it('knows examples again that are read as they were then, and those that are not the same any more', async () => {
  const folder = await temporaryFolder();
  const file = join(folder, 'a.csv');
  await writeFile(file, 'label,a,b,c,d\npear,1,2,3,4\napple,4,3,2,9\n');
  const context = {
    datasets: openerOver(folder),
    jobDir: folder,
    signal: new AbortController().signal,
  };
  const dataset = { uri: 'a.csv' };
  const square = plainContract({ width: 2, height: 2, channels: 1 });
  const line = plainContract({ width: 4, height: 1, channels: 1 });
  const classes = ['apple', 'pear'];
  const first = await readReference({ dataset }, classes, context).prepared(square);
  const readAs = { preprocessing: square, classes };
  const reference = { dataset, digest: first.dataset.digest, readAs };
  const now = async (recorded: Parameters<typeof readReference>[0]) => {
    // Later versions have their classes in another order, and take other images.
    const again = readReference(recorded, ['pear', 'apple'], context);
    return again.areSame!(await again.prepared(line));
  };
  expect(await now(reference)).toBe(true);
  await writeFile(file, 'label,a,b,c,d\npear,1,2,3,4\napple,4,3,2,8\n');
  expect(await now(reference)).toBe(false);
  expect(await now({ dataset, digest: reference.digest })).toBe(true);
});
