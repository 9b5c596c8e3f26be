import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openOutputPlaces } from '../../src/compose/open.ts';
import { readConfig } from '../../src/config.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

describe('what is a place of the server itself', () => {
  it('takes no predictions of jobs: the prediction log neither on disk nor in a bucket', async () => {
    const root = await temporaryFolder();
    const places = (log: string) =>
      openOutputPlaces(
        readConfig({
          GLIMPSE_REPOSITORY: join(root, 'models'),
          GLIMPSE_DATASET_ROOT: root,
          GLIMPSE_DATASET_URIS: 's3://bucket',
          GLIMPSE_DATA_DIR: join(root, 'own'),
          GLIMPSE_MNIST_DIR: join(root, 'mnist'),
          GLIMPSE_PREDICTION_LOG: log,
        }),
      );
    const forbidden = { code: 'GLIMPSE_OUTPUT_FORBIDDEN' };
    const onDisk = places(join(root, 'log'));
    const inBucket = places('s3://bucket/log');
    for (const out of ['log', 'log/feedback/x', 'models/x', 'own/x']) {
      await expect(onDisk.check(out, undefined)).rejects.toMatchObject(forbidden);
    }
    await expect(inBucket.check('s3://bucket/log/images', undefined)).rejects.toMatchObject(
      forbidden,
    );
    await onDisk.check('out', undefined);
    await places('').check('log', undefined);
  });
});
