import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createGlimpse, errors, type Glimpse } from '../../src/library/exported.ts';
import { shipModel } from '../../src/library/shipped-model.ts';
import { packageRoot } from '../../src/package.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { tinyModel } from '../support/tiny-onnx.ts';

vi.setConfig({ testTimeout: 120_000 });

const image = (): Promise<Buffer> => readFile(join(packageRoot, 'samples', 'golden', '7.png'));

const opened: Glimpse[] = [];
afterEach(async () => {
  for (const glimpse of opened.splice(0)) await glimpse.close();
});

/** One of its own, in a folder that begins with the shipped model. */
async function open(settings: Record<`GLIMPSE_${string}`, string> = {}): Promise<Glimpse> {
  const folder = await temporaryFolder();
  const repository = join(folder, 'models');
  await shipModel(repository);
  const given = { GLIMPSE_CANONICALISE_THREADS: 1, GLIMPSE_TRAIN_NICE: 0, ...settings };
  const glimpse = await createGlimpse({
    repository,
    dataDir: join(folder, 'data'),
    settings: given,
  });
  opened.push(glimpse);
  return glimpse;
}

describe('Glimpse inside of a program', () => {
  it('answers with the shipped model, and listens nowhere', async () => {
    const glimpse = await open();
    expect(await glimpse.predict(await image())).toMatchObject({ label: '7' });
    const many = await Promise.all(
      Array.from({ length: 40 }, async () => glimpse.predict(await image())),
    );
    expect(many.every(({ label }) => label === '7')).toBe(true);
  });

  it('refuses as a server does, by errors of the same classes', async () => {
    const glimpse = await open();
    const nothing = glimpse.predict(new Uint8Array([1, 2]));
    await expect(nothing).rejects.toBeInstanceOf(errors.GLIMPSE_UNSUPPORTED_FORMAT);
    const missing = glimpse.call('getModel', { path: { model: 'none' } });
    await expect(missing).rejects.toBeInstanceOf(errors.GLIMPSE_MODEL_NOT_FOUND);
    const abort = AbortSignal.abort(new Error('not any more'));
    await expect(glimpse.predict(await image(), { signal: abort })).rejects.toThrow('not any more');
  });

  it('publishes, follows its jobs, and answers by what was published', async () => {
    const glimpse = await open();
    const job = await glimpse.publish(
      'thirds',
      { name: 'model.onnx', data: tinyModel() },
      { classes: ['a', 'b', 'c'], preprocessing: { preset: 'plain' } },
    );
    expect(await glimpse.wait(job.id)).toMatchObject({ state: 'succeeded', version: 1 });
    const { label } = await glimpse.predict(await image(), { model: 'thirds' });
    expect(['a', 'b', 'c']).toContain(label);
  });

  it('gives logs and metrics as they come', async () => {
    const glimpse = await open();
    const metrics = await glimpse.stream('getMetrics', {});
    expect(await metrics.text()).toContain('glimpse_ready 1');
  });

  it('says which setting it does not know, or which does not fit', async () => {
    await expect(open({ GLIMPSE_MAX_BATCHSIZE: '8' })).rejects.toThrow('GLIMPSE_MAX_BATCHSIZE');
    await expect(open({ GLIMPSE_MAX_BATCH_SIZE: 'many' })).rejects.toThrow(
      'GLIMPSE_MAX_BATCH_SIZE',
    );
  });
});

describe('the shipped model', () => {
  it('begins a repository that is not there, and is put into no other', async () => {
    const folder = await temporaryFolder();
    const fresh = join(folder, 'deep', 'models');
    await Promise.all([shipModel(fresh), shipModel(fresh)]);
    expect(existsSync(join(fresh, 'digits', 'labels.json'))).toBe(true);
    const empty = join(folder, 'empty');
    await mkdir(empty);
    await shipModel(empty);
    expect(existsSync(join(empty, 'digits'))).toBe(false);
    await shipModel('s3://bucket/models');
    expect(existsSync('s3:')).toBe(false);
  });
});
