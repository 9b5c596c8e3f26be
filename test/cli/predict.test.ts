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

describe('glimpse publish --min-score', () => {
  it.each(['1.1', '-0.1', 'high', '', '0.1.1', '1e-3'])('refuses %j', async (text) => {
    const { code, stderr } = await publish('refused', `--min-score=${text}`);
    expect(code).toBe(2);
    expect(stderr).toContain('--min-score takes a number from 0 to 1');
  });
});
