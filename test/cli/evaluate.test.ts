import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { command as evaluate } from '../../src/cli/evaluate.ts';
import { runCommand } from '../support/run-command.ts';
import { bars, tinyWorkshop } from '../training/tiny-run.ts';

describe('glimpse evaluate', () => {
  it('tells the figures of every class, in words and as JSON', async () => {
    const { folder, run } = await tinyWorkshop();
    await run({ epochs: 20 });
    await writeFile(join(folder, 'other.csv'), `${bars(60, 9)}none,1,2\n`);
    const env = { GLIMPSE_REPOSITORY: join(folder, 'models') };
    const args = [join(folder, 'other.csv'), '--model', 'bars', '--max-bad-rows', '1'];
    const words = await runCommand(evaluate, args, env);
    expect(words.code).toBe(0);
    expect(words.stderr).toBe('1 bad rows passed over\n');
    expect(words.stdout).toMatch(
      /^bars version 1: accuracy [\d.]+ % \(95 %: [\d.]+ to [\d.]+\) on 60 examples of .*other.csv\n/,
    );
    expect(words.stdout).toMatch(/^tall +20 +[\d.]+ % +[\d.]+ %$/m);
    const json = await runCommand(evaluate, [...args, '--json', '--version', '1'], env);
    expect(JSON.parse(json.stdout)).toMatchObject({ version: 1, metrics: { examples: 60 } });
  });

  it('measures what the label production points at, else the newest version', async () => {
    const { folder, repository, run } = await tinyWorkshop();
    for (const seed of [1, 2]) await run({ epochs: 1, seed });
    // The first version of a model gets the label by itself.
    await rm(join(folder, 'models/bars/labels.json'));
    const env = { GLIMPSE_REPOSITORY: join(folder, 'models') };
    const ask = async () =>
      (await runCommand(evaluate, [join(folder, 'bars.csv'), '--model', 'bars'], env)).stdout;
    expect(await ask()).toContain('bars version 2');
    await repository.setLabel({ model: 'bars', label: 'production', version: 1 });
    expect(await ask()).toContain('bars version 1');
  });

  it.each([
    [[], 2, "argument 'dataset'"],
    [['x.csv', 'y.csv'], 2, 'y.csv'],
    [['x.csv', '--version', 'two'], 2, '--version'],
    [['x.csv', '--limit', 'some'], 2, '--limit takes a number'],
    [['x.csv', '--model', 'nobody'], 1, 'GLIMPSE_MODEL_NOT_FOUND'],
    [['x.csv', '--model', 'bars', '--version', '9'], 1, 'GLIMPSE_VERSION_NOT_FOUND'],
    [['none.csv', '--model', 'bars'], 1, 'GLIMPSE_DATASET_NOT_FOUND'],
  ])('says what is wrong with %j', async (args, code, words) => {
    const { folder, run } = await tinyWorkshop();
    await run({ epochs: 1 });
    const result = await runCommand(evaluate, args, { GLIMPSE_REPOSITORY: join(folder, 'models') });
    expect(result).toMatchObject({ code, stderr: expect.stringContaining(words) });
  });
});
