import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { command as exportCommand } from '../../src/cli/export.ts';
import { command as publishCommand } from '../../src/cli/publish.ts';
import { openRepository } from '../../src/compose/open.ts';
import { readConfig } from '../../src/config.ts';
import type { Manifest } from '../../src/repository/manifest.ts';
import { runCommand } from '../support/run-command.ts';
import { temporaryFolder, writeInto } from '../support/temporary-folder.ts';
import { tinyModel } from '../support/tiny-onnx.ts';
import { tinyDraft, tinyPng } from '../support/tiny-version.ts';
import { zip } from '../support/zip.ts';

const folder = await temporaryFolder();
const settings = (name: string) => ({
  GLIMPSE_REPOSITORY: join(folder, name, 'models'),
  GLIMPSE_DATA_DIR: join(folder, name, 'data'),
});
const manifestIn = async (name: string, version: number): Promise<Manifest> => {
  const file = join(folder, name, 'models', 'copy', String(version), 'manifest.json');
  return JSON.parse(await readFile(file, 'utf8'));
};
const sent = (path: string) => readFile(join(folder, 'here', 'models', 'digits', '1', path));
const failed = (code: string) => ({ code: 1, stderr: expect.stringContaining(code) });
const publish = (file: string, ...args: string[]) =>
  runCommand(publishCommand, [file, '--model', 'copy', ...args], settings('there'));

describe('glimpse publish of a ZIP file with a version', { timeout: 60_000 }, () => {
  let original: Manifest;
  const file = join(folder, 'digits.zip');

  beforeAll(async () => {
    const repository = openRepository(readConfig(settings('here')));
    original = await repository.publish(await tinyDraft());
    await repository.close();
    const args = ['digits', '--version', '1', '--format', 'zip', '--out', file];
    expect(await runCommand(exportCommand, args, settings('here'))).toMatchObject({ code: 0 });
  });

  it('publishes what glimpse export has written as it is, under the next number', async () => {
    const { code, stderr } = await publish(file, '--source', 'staging');
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stderr).toMatch(/left\.png +\S+ +\d\.\d{3}/);
    const copy = await manifestIn('there', 1);
    for (const field of ['signature', 'preprocessing', 'golden', 'files', 'metrics'] as const) {
      expect(copy[field]).toEqual(original[field]);
    }
    expect(copy.lineage).toMatchObject({ ...original.lineage, source: 'staging' });
    expect(await publish(file, '--json')).toMatchObject({ code: 0 });
    expect(await manifestIn('there', 2)).toMatchObject({ model: 'copy', version: 2 });
  });

  it.each([
    [['--classes', 'a,b,c', '--min-score', '0.5'], 'leave out --classes, --min-score'],
    [['--golden', 'seven.png', '--layout', 'NCHW'], 'leave out --layout, --golden'],
    [['--quantise', '--calibration', 'sample:'], 'is published as it is (GLIMPSE_NOT_QUANTISABLE)'],
  ])('refuses %j, which its manifest has, and publishes nothing', async (args, sentence) => {
    const { code, stdout, stderr } = await publish(file, '--dry-run', ...args);
    expect({ stdout, stderr }).toEqual({ stdout: '', stderr: expect.stringContaining(sentence) });
    expect(code).toBeGreaterThan(0);
  });

  it('refuses one in which a file is another one, is missing, or fails the self-test', async () => {
    const manifest = JSON.parse(String(await sent('manifest.json')));
    const golden = { name: 'golden/left.png', data: await sent('golden/left.png') };
    const swapped = { name: 'model.onnx', data: tinyModel({ shift: 9 }) };
    const listed = manifest.files.map((one: { path: string }) =>
      one.path === 'model.onnx'
        ? {
            ...one,
            size: swapped.data.length,
            sha256: createHash('sha256').update(swapped.data).digest('hex'),
          }
        : one,
    );
    const tryPacked = async (entries: Parameters<typeof zip>[0], changed: object = {}) => {
      const described = { ...manifest, ...changed };
      const all = [...entries, { name: 'manifest.json', data: JSON.stringify(described) }];
      return await publish(await writeInto(folder, 'changed.zip', zip(all)), '--dry-run');
    };
    expect(await tryPacked([swapped, golden])).toMatchObject(failed('GLIMPSE_CHECKSUM_MISMATCH'));
    expect(await tryPacked([golden])).toMatchObject(failed('GLIMPSE_FILE_MISSING'));
    const restated = await tryPacked([swapped, golden], { files: listed });
    expect(restated).toMatchObject(failed('GLIMPSE_SELF_TEST_FAILED'));
    const examples = { name: 'examples.bin', data: Buffer.from('no examples') };
    const sha256 = createHash('sha256').update(examples.data).digest('hex');
    const kept = await tryPacked(
      [{ name: 'model.onnx', data: await sent('model.onnx') }, golden, examples],
      {
        keptExamples: { file: 'examples.bin', count: 2, features: 3 },
        files: [...manifest.files, { path: 'examples.bin', size: examples.data.length, sha256 }],
      },
    );
    expect(kept).toMatchObject(failed('examples.bin holds no examples, or is not whole'));
  });
});

describe('glimpse publish of a ZIP file with a model', { timeout: 60_000 }, () => {
  it('takes the only one in it, as it is taken by itself, and refuses one without', async () => {
    const packed = zip([{ name: 'export/net.onnx', data: tinyModel() }]);
    const golden = await writeInto(folder, 'left.png', await tinyPng('left'));
    const args = ['--classes', 'dark,left,bright', '--golden', `left=${golden}`, '--json'];
    const { code, stdout } = await publish(await writeInto(folder, 'net.zip', packed), ...args);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      golden: [{ label: 'left' }],
      lineage: { source: 'net.zip' },
    });
    const empty = zip([{ name: 'readme.txt', data: 'nothing' }]);
    const refused = await publish(await writeInto(folder, 'empty.zip', empty));
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.stderr).toContain('holds neither a manifest.json of a version nor');
  });
});
