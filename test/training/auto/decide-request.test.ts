import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { resolveTrainRequest } from '../../../src/training/resolve-request.ts';
import type { TrainRequest } from '../../../src/training/request.ts';
import { drawPictures, nameOf } from '../../datasets/pictures.ts';
import { bars, tinyWorkshop } from '../tiny-run.ts';

const context = { defaultModel: 'digits', hasMnist: true, hasUploads: false };
const resolved = (request: TrainRequest) => resolveTrainRequest(request, context);
const open = { architecture: 'auto', model: 'chosen' } as const;
const shape = { width: 20, height: 20, channels: 1 } as const;

describe('a request that names no net', () => {
  it.each([{}, { dataset: { uri: 'mnist:' } }, { dataset: { uri: 'sample:' } }])(
    'means the founding example where %j is learnt from',
    (request) => {
      expect(resolved(request)).toMatchObject({ architecture: 'dense', augmentation: 'shift' });
      expect(resolved(request)).not.toHaveProperty('asked');
    },
  );

  it('leaves it to the data elsewhere, and keeps what it says of the recipe', () => {
    const request = resolved({ dataset: { uri: 'fruit' }, schedule: 'cosine', batchSize: 20 });
    expect(request).toMatchObject({
      architecture: 'auto',
      asked: { schedule: 'cosine', batchSize: 20 },
    });
    const started = resolved({ dataset: { uri: 'fruit' }, startFrom: { version: 1 } });
    expect(started.architecture).toBe('dense');
  });
});

describe('auto', () => {
  it('reads the size of image files, and brings the recipe of its net', async () => {
    const { folder, repository, run } = await tinyWorkshop();
    for (const [at, picture] of (await drawPictures(40, shape)).entries()) {
      const file = join(folder, 'set', nameOf(picture, at));
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, picture.png);
    }
    const { notes } = await run({ ...open, dataset: { uri: 'set' }, epochs: 1, labelSmoothing: 0 });
    const { lineage, signature } = await repository.manifest('chosen', 1);
    expect(signature.input.shape).toEqual([1, 20, 20]);
    expect(lineage).toMatchObject({
      architecture: 'cnn',
      dataset: { shape },
      hyperparameters: {
        augmentation: 'photo',
        batchSize: 16,
        labelSmoothing: 0,
        epochs: 1,
        chosen: expect.stringContaining('its 40 images are learnt from as 20x20x1'),
      },
    });
    expect(lineage.hyperparameters).not.toHaveProperty('asked');
    expect(notes).toContainEqual(expect.stringMatching(/"cnn" was chosen \(auto\): its 40 images/));
  });

  it('gives the same version as the net that it comes to', async () => {
    const { folder, repository, run } = await tinyWorkshop(bars(60));
    await run({ ...open, epochs: 2 });
    await run({ ...open, architecture: 'dense', epochs: 2 });
    expect((await repository.manifest('chosen', 1)).lineage.architecture).toBe('dense');
    const bytesOf = (version: number) =>
      readFile(join(folder, `models/chosen/${version}/model.onnx`));
    expect(await bytesOf(1)).toEqual(await bytesOf(2));
  });
});
