import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { command as predictCommand } from '../../src/cli/predict.ts';
import { command as publishCommand } from '../../src/cli/publish.ts';
import { runCommand } from '../support/run-command.ts';
import { temporaryFolder, writeInto } from '../support/temporary-folder.ts';
import { tinyModel } from '../support/tiny-onnx.ts';
import { tinyPng } from '../support/tiny-version.ts';

vi.setConfig({ testTimeout: 120_000 });

let env: Record<string, string>;
let [model, image] = ['', ''];

beforeAll(async () => {
  const root = await temporaryFolder();
  env = { GLIMPSE_REPOSITORY: join(root, 'models'), GLIMPSE_DATA_DIR: join(root, 'data') };
  model = await writeInto(root, 'tiny.onnx', tinyModel());
  image = await writeInto(root, 'left.png', await tinyPng('left'));
});

const publish = (name: string, ...args: string[]) => {
  const all = [model, '--model', name, '--classes', 'dark,left,bright', ...args];
  return runCommand(publishCommand, all, env);
};

describe('glimpse predict', () => {
  it('shows what is warned of, by the threshold a foreign model was published with', async () => {
    expect((await publish('doubtful', '--min-score', '1')).code).toBe(0);
    const { code, stdout } = await runCommand(predictCommand, [image, '--model', 'doubtful'], env);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^image +class +score +then +warnings\n.*left\.png +left .* uncertain\n/,
    );
  });

  it('shows no column of warnings when there is none', async () => {
    expect((await publish('plain')).code).toBe(0);
    const { stdout } = await runCommand(predictCommand, [image, '--model', 'plain'], env);
    expect(stdout).toMatch(/^image +class +score +then\n/);
  });
});

const predict = (...args: string[]) =>
  runCommand(predictCommand, [image, '--model', 'told', ...args], env);

describe('glimpse predict --explain', () => {
  beforeAll(async () => {
    expect((await publish('told')).code).toBe(0);
  });

  it('writes its pictures into a folder, whatever the order of its words', async () => {
    const folder = join(await temporaryFolder(), 'new');
    const { code, stdout, stderr } = await predict(
      '--explain',
      'occlusion,input',
      '--pictures',
      folder,
    );
    expect([code, stderr]).toEqual([0, `2 pictures are in ${folder}\n`]);
    expect(stdout).toMatch(/^image +class/);
    expect(await readdir(folder)).toEqual(['1-left.png-occlusion.png', '1-left.png-saw.png']);
  });

  it('has them in the answer with --json', async () => {
    const { stdout } = await predict('--explain', 'true', '--json');
    const [prediction] = JSON.parse(stdout).predictions;
    expect(Object.keys(prediction)).toEqual(expect.arrayContaining(['saw', 'occlusion']));
    expect(prediction).not.toHaveProperty('gradient');
  });

  it.each([
    [['--explain', 'gradient', '--json'], 1, /no gradient map/],
    [['--explain', 'nearest', '--json'], 1, /keeps no training examples/],
    [['--explain', 'all', '--json'], 2, /--explain takes input, occlusion/],
    [['--explain', 'input,input,x', '--json'], 2, /--explain takes input, occlusion/],
    [['--explain', 'input'], 2, /name a folder with --pictures, or --json/],
    [['--pictures', 'x'], 2, /--pictures goes with --explain/],
    [['--explain', 'input', '--json', '--out', 'x'], 2, /--explain and --out exclude each other/],
  ] as const)('answers %j with %d', async (args, code, words) => {
    const result = await predict(...args);
    expect([result.code, result.stderr]).toEqual([code, expect.stringMatching(words)]);
  });
});

describe('glimpse publish --min-score', () => {
  it.each(['1.1', '-0.1', 'high', '', '0.1.1', '1e-3'])('refuses %j', async (text) => {
    const { code, stderr } = await publish('refused', `--min-score=${text}`);
    expect(code).toBe(2);
    expect(stderr).toContain('--min-score takes a number from 0 to 1');
  });
});
