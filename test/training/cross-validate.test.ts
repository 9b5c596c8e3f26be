import { describe, expect, it } from 'vitest';
import { withDigest } from '../../src/datasets/dataset.ts';
import { plainContract } from '../../src/preprocessing/presets.ts';
import { createRandom } from '../../src/random.ts';
import { crossValidate } from '../../src/training/cross-validate.ts';
import type { Groups } from '../../src/training/examples/groups.ts';
import { resolveTrainRequest } from '../../src/training/resolve-request.ts';

const SCENES = 20;
const FRAMES = 8;
const shape = { width: 4, height: 4, channels: 1 } as const;

/** Frames of scenes of which nothing but having seen them tells the class. */
function scenes() {
  const random = createRandom(4);
  const grounds = Array.from({ length: SCENES }, () =>
    Array.from({ length: 16 }, () => random.integer(200)),
  );
  const frames = grounds.flatMap((ground) =>
    Array.from({ length: FRAMES }, () => ground.map((level) => level + random.integer(20))),
  );
  const labels = Int32Array.from(frames, (_, index) => Math.floor(index / FRAMES) % 2);
  const dataset = withDigest({
    pixels: Uint8Array.from(frames.flat()),
    labels,
    shape,
    classes: ['even', 'odd'],
  });
  const together = grounds.map((_, scene) =>
    Array.from({ length: FRAMES }, (__, frame) => scene * FRAMES + frame),
  );
  return { dataset, together };
}

function scoredBy(together: Groups) {
  const { dataset } = scenes();
  const preprocessing = plainContract(shape);
  const indices = Int32Array.from(dataset.labels, (_, index) => index);
  const asked = { architecture: 'dense', augmentation: 'none' } as const;
  const context = { defaultModel: 'scenes', hasMnist: false, hasUploads: true };
  return crossValidate({
    net: resolveTrainRequest(asked, context),
    learnt: { dataset, indices, preprocessing },
    validation: { dataset, indices: new Int32Array(), preprocessing },
    findTogether: async () => together,
    outliers: undefined,
    started: undefined,
    epochs: 100,
    random: createRandom(1),
    threads: 1,
    signal: new AbortController().signal,
  });
}

async function accuracyBy(together: Groups): Promise<number> {
  const { logits, labels } = (await scoredBy(together))!;
  expect(labels).toHaveLength(SCENES * FRAMES);
  const right = Array.from(labels).filter(
    (label, at) => logits[2 * at + label]! > logits[2 * at + 1 - label]!,
  );
  return right.length / labels.length;
}

describe('cross-validation', () => {
  it('scores scenes that its nets have not seen, where frame by frame it would know all of them', async () => {
    const { together } = scenes();
    expect(await accuracyBy([])).toBeGreaterThan(0.95);
    expect(await accuracyBy(together)).toBeLessThan(0.75);
  });

  it('is none where there are fewer scenes than folds', async () => {
    const { together } = scenes();
    expect(await scoredBy([together.flat()])).toBeUndefined();
  });
});
