import { describe, expect, it } from 'vitest';
import { explainDisk } from '../../src/repository/stores/disk/disk-errors.ts';
import { explain } from '../../src/repository/stores/s3/s3-errors.ts';

const diskFull = Object.assign(new Error('ENOSPC: no space left on device, write'), {
  code: 'ENOSPC',
});

describe('a disk that fails', () => {
  it('is full under the name of a full disk, also in the middle of a download from S3', () => {
    const full = { code: 'GLIMPSE_DISK_FULL', cause: diskFull };
    expect(explainDisk(diskFull, '/models')).toMatchObject(full);
    expect(explain(diskFull, 's3://models', 'reading', 'digits/1/model.onnx')).toMatchObject(full);
  });

  it('is otherwise a store that does not answer, and says what the system said', () => {
    const broken = Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO' });
    expect(explainDisk(broken, '/models')).toMatchObject({
      code: 'GLIMPSE_STORE_UNAVAILABLE',
      message: 'The store /models did not answer: EIO: i/o error, read',
      cause: broken,
    });
  });
});
