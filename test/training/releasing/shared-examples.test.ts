import { expect, it } from 'vitest';
import { withDigest } from '../../../src/datasets/dataset.ts';
import { plainPreprocessing } from '../../../src/datasets/preprocessing-for.ts';
import { blocksOf } from '../../../src/training/examples/batches.ts';
import { shareExamples } from '../../../src/training/releasing/shared-examples.ts';
import { aDraft } from '../../support/drafts.ts';

const shape = { width: 2, height: 1, channels: 3 } as const;
const preprocessing = { ...plainPreprocessing(shape), mean: [0, 0, 0], std: [1, 1, 1] };
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
