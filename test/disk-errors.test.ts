import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { explainDataDir, explainDisk, systemReasonOf } from '../src/disk-errors.ts';
import { createRepository } from '../src/repository/model-repository.ts';
import { createMemoryStore } from '../src/repository/stores/memory-store.ts';
import { explain } from '../src/repository/stores/s3/s3-errors.ts';
import { aDraft } from './support/drafts.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

const diskFull = Object.assign(new Error('ENOSPC: no space left on device, write'), {
  code: 'ENOSPC',
});

const said = async (act: Promise<unknown>): Promise<string> =>
  systemReasonOf(await act.catch((error: unknown) => error));

describe('a disk that fails', () => {
  it('is full under the name of a full disk, and says whose', () => {
    const full = { code: 'GLIMPSE_DISK_FULL', cause: diskFull };
    expect(explainDisk(diskFull, 'GLIMPSE_REPOSITORY')).toMatchObject({
      ...full,
      message:
        'There is no space left on the disk: ENOSPC: no space left on device, write (GLIMPSE_REPOSITORY)',
    });
    const ours = { ...full, message: expect.stringContaining('(GLIMPSE_DATA_DIR)') as string };
    expect(explainDataDir(diskFull)).toMatchObject(ours);
    // A download from S3 is written to our disk.
    expect(
      explain(diskFull, 's3://models', ['reading', 'digits/1/model.onnx'], {
        clockSkewMs: undefined,
        region: undefined,
      }),
    ).toMatchObject(ours);
  });

  it('is otherwise a store that does not answer, and says what the system said', () => {
    const broken = Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO' });
    expect(explainDisk(broken, 'GLIMPSE_REPOSITORY')).toMatchObject({
      code: 'GLIMPSE_STORE_UNAVAILABLE',
      message: 'The store GLIMPSE_REPOSITORY did not answer: EIO: i/o error, read',
      cause: broken,
    });
    expect(explainDataDir(broken)).toMatchObject({ code: 'GLIMPSE_DATA_DIR_UNUSABLE' });
  });

  it('is named by the setting of the data folder when a version cannot be downloaded into it', async () => {
    const file = join(await temporaryFolder(), 'a-file');
    await writeFile(file, '');
    const repository = createRepository({
      store: createMemoryStore(),
      cacheDir: join(file, 'versions'),
      maxArtifactBytes: 1e6,
    });
    await repository.publish(aDraft());
    await expect(repository.open('digits', 1)).rejects.toMatchObject({
      code: 'GLIMPSE_DATA_DIR_UNUSABLE',
    });
  });

  it('never tells a path of this machine', async () => {
    const folder = await temporaryFolder();
    const file = join(folder, "it's, a file");
    await writeFile(file, '');
    expect(await said(mkdir(join(file, 'x')))).toBe('ENOTDIR: not a directory, mkdir');
    expect(await said(readdir(join(folder, 'none')))).toBe(
      'ENOENT: no such file or directory, scandir',
    );
    expect(systemReasonOf(new Error('anything else, as it is'))).toBe('anything else, as it is');
  });
});
