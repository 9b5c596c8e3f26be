import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { command as parity } from '../../src/cli/parity.ts';
import { command as publish } from '../../src/cli/publish.ts';
import { createRepository } from '../../src/repository/model-repository.ts';
import { createDiskStore } from '../../src/repository/stores/disk/disk-store.ts';
import { runCommand } from '../support/run-command.ts';
import { temporaryFolder, writeInto } from '../support/temporary-folder.ts';
import { linearModel, writeTensors } from '../publishing/parity/references.ts';

let root: string;
let model: string;
let references: string;

beforeAll(async () => {
  root = await temporaryFolder();
  model = await writeInto(root, 'linear.onnx', linearModel());
  references = await writeTensors(
    await temporaryFolder(),
    'torchvision',
    (level) => (level / 255 - 0.5) / 0.5,
    { isPlanar: true, hasBatch: true },
  );
});

const env = () => ({ GLIMPSE_REPOSITORY: join(root, 'models'), GLIMPSE_DATA_DIR: root });
const asPillow = '{"icc":"ignore","exif":"ignore","alpha":"drop"}';

describe('glimpse parity', () => {
  it('tells the contract and what remains of each image, and writes what publish takes', async () => {
    const out = join(root, 'contract.json');
    const args = [model, '--reference', references, '--preprocessing', asPillow, '--out', out];
    const { code, stdout, stderr } = await runCommand(parity, args, env());
    expect(stderr).toContain('shorter-side 16 cubic with antialias; cropped to 14x14 centre');
    expect(stdout).toMatch(/^image +mean level +largest +score\n0\.png +0\.000 +0\.00 +-\n/);
    expect(code).toBe(0);
    const contract: unknown = JSON.parse(await readFile(out, 'utf8'));
    expect(contract).toMatchObject({
      contract: 2,
      resize: { mode: 'shorter-side', size: 16, kernel: 'cubic', antialias: true },
      scale: 1 / 127.5,
      mean: [1, 1, 1],
    });
    const publishing = [model, '--model', 'linear', '--classes', 'a,b,c', '--preprocessing', out];
    expect((await runCommand(publish, [...publishing, '--dry-run'], env())).code).toBe(0);
  });
});

const args = () => [model, '--model', 'net', '--classes', 'a,b,c', '--reference', references];

describe('glimpse publish --reference', () => {
  it('publishes with the contract that was found, and keeps the references as golden samples', async () => {
    const { code, stderr } = await runCommand(
      publish,
      [...args(), '--preprocessing', asPillow],
      env(),
    );
    expect(stderr).toContain('parity  shorter-side 16 cubic with antialias');
    expect(stderr).toContain('0.000 levels in the mean at most on 3 references');
    expect(code).toBe(0);
    const repository = createRepository({
      store: createDiskStore({ root: join(root, 'models') }),
      cacheDir: join(root, 'cache'),
      maxArtifactBytes: 1e9,
    });
    const manifest = await repository.manifest('net', 1);
    expect(manifest.preprocessing).toMatchObject({ icc: 'ignore', crop: { align: 'centre' } });
    const kept = manifest.golden.map(({ file }) => file.replace(/^golden\/\d+-/, ''));
    const leftOut = [...stderr.matchAll(/golden +\S*\/(\d\.png) left out/g)].map(
      ([, name]) => name,
    );
    expect(new Set([...kept, ...leftOut])).toEqual(new Set(['0.png', '1.png', '2.png']));
    expect(kept.length).toBeGreaterThan(0);
  });

  it('publishes nothing by references that leave the contract open, or say another than is said', async () => {
    const open = await runCommand(publish, args(), env());
    expect(open.stderr).toContain('GLIMPSE_REFERENCE_AMBIGUOUS');
    expect(open.code).toBe(1);
    const said = [...args(), '--preprocessing', 'plain'];
    const other = await runCommand(publish, said, env());
    expect(other.code).toBe(1);
    expect(other.stderr).toContain('GLIMPSE_REFERENCE');
  });
});
