import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bytesToOpen, environmentOf } from '../../../src/runtime/cells/engine-needs.ts';

const MiB = 1024 * 1024;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'glimpse-needs-'));
  await mkdir(join(folder, 'variables'));
  await writeFile(join(folder, 'saved_model.pb'), Buffer.alloc(1000));
  await writeFile(
    join(folder, 'variables', 'variables.data-00000-of-00001'),
    Buffer.alloc(2 * MiB),
  );
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('what an engine needs to open a model', () => {
  it('is the file twice for ONNX Runtime', async () => {
    expect(await bytesToOpen('onnx', join(folder, 'saved_model.pb'))).toBe(48 * MiB + 2000);
  });

  it('is its library and the whole folder twice for TensorFlow, whose weights lie beside the entry', async () => {
    const bytes = await bytesToOpen('tensorflow', join(folder, 'saved_model.pb'));
    expect(bytes).toBe(384 * MiB + 4 * MiB + 2000);
  });

  it('is nothing of a file that is not there: opening it says so', async () => {
    expect(await bytesToOpen('tensorflow', join(folder, 'gone', 'saved_model.pb'))).toBe(384 * MiB);
    expect(await bytesToOpen('onnx', join(folder, 'gone'))).toBe(48 * MiB);
  });

  it('is for TensorFlow a word about its threads, and silence unless an operator wants to hear it', () => {
    const threads = { TF_NUM_INTRAOP_THREADS: '2', TF_NUM_INTEROP_THREADS: '2' };
    const quiet = { PATH: '/bin', TF_CPP_MIN_LOG_LEVEL: '2', ...threads };
    expect(environmentOf({ runtime: 'tensorflow', threads: 2 }, { PATH: '/bin' })).toEqual(quiet);
    const loud = { TF_CPP_MIN_LOG_LEVEL: '0' };
    expect(environmentOf({ runtime: 'tensorflow', threads: 2 }, loud)).toEqual({
      ...loud,
      ...threads,
    });
    expect(environmentOf({ runtime: 'onnx', threads: 2 }, { PATH: '/bin' })).toEqual({
      PATH: '/bin',
    });
  });
});
