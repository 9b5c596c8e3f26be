import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { command as dataset } from '../../src/cli/dataset.ts';
import { command as evaluate } from '../../src/cli/evaluate.ts';
import { command as train } from '../../src/cli/train.ts';
import { runCommand } from '../support/run-command.ts';
import { idx, temporaryFolder } from '../datasets/dataset-files.ts';
import { bars } from '../training/tiny-run.ts';

/** A folder with bars.csv, which has faults, and a repository. */
async function desk() {
  const folder = await temporaryFolder();
  const path = (name: string) => join(folder, name);
  await writeFile(path('bars.csv'), `${bars(60)}flat,1,2\n${bars(1)}`);
  const env = { GLIMPSE_REPOSITORY: path('models') };
  const ask = (...args: string[]) => runCommand(dataset, args, env);
  return { path, env, ask };
}

describe('glimpse dataset', () => {
  it('imports, and says what it left out and where that was', async () => {
    const { path, ask } = await desk();
    const args = ['import', path('bars.csv'), '--name', 'bars', '--max-bad-rows', '1'];
    const first = await ask(...args);
    expect(first.stdout).toMatch(/^dataset:bars@[0-9a-f]{64}: 60 examples, stored\n/);
    expect(first.stdout).toContain(
      '62 rows read; 1 bad rows left out, 1 duplicates and 0 in conflict left out\n' +
        '  line 61: it has 2 pixels instead of 36\n' +
        '  line 62: the same as line 1 (flat)\n',
    );
    expect((await ask(...args)).stdout).toContain('stored before');
    const kept = await ask(...args, '--keep-duplicates', '--json');
    expect(JSON.parse(kept.stdout)).toMatchObject({ created: true, examples: 61 });
  });

  it('looks at one, says what it understands and what to doubt, and draws a sheet', async () => {
    const { path, ask } = await desk();
    const args = ['look', path('bars.csv'), '--sheet', path('sheet.png')];
    const refused = await ask(...args);
    expect(refused.code).toBe(1);
    expect(refused.stdout).toBe(
      [
        `${path('bars.csv')}: csv, 61 examples of 3 classes`,
        '  label    column 0, by what the columns hold',
        '  size     6x6 grey, as it stands',
        '  values   0..249 in 100 levels; 0..255 (since nothing else is said) become 0..1 for the model',
        '  parts    49 to learn from, 6 to choose by, 6 to measure on (set aside before training (seed 1))',
        '',
        'class  examples  learn  choose  measure',
        'flat         21     17       2        2',
        'none         20     16       2        2',
        'tall         20     16       2        2',
        '',
        '! 1 of 62 rows are not usable; at most 1 % may be (maxBadRows).',
        '    --max-bad-rows 1   or in a request   "maxBadRows": 1',
        '    line 61: it has 2 pixels instead of 36',
        '- 1 image has the same pixels as an earlier one of the class; an import leaves that out',
        '    line 62 (flat) as line 1 (flat)',
        '',
        'Training refuses it as it stands: 1 problem (!).',
        '',
        `Some images of each class are in ${path('sheet.png')}.`,
        '',
      ].join('\n'),
    );
    expect((await readFile(path('sheet.png'))).toString('latin1', 1, 4)).toBe('PNG');

    await writeFile(path('clean.csv'), bars(60));
    const clean = await ask('look', path('clean.csv'), '--range', '255');
    expect(clean.code).toBe(0);
    expect(clean.stdout).toMatch(/\(as asked\) become 0\.\.1 [^]*There is nothing to doubt\.\n$/);
    const { stdout } = await ask('look', path('clean.csv'), '--label-column', '0', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      trainable: true,
      understood: { label: { column: 0, by: 'request' } },
      findings: [],
    });
    expect((await ask('list')).stdout).toContain('There is no dataset in');
  });

  it('takes several files as one dataset, with the options of reading', async () => {
    const { path, ask } = await desk();
    await writeFile(path('x'), idx([3, 1, 2], Uint8Array.of(1, 2, 3, 4, 5, 6)));
    await writeFile(path('y'), idx([3], Uint8Array.of(0, 1, 0)));
    const files = [path('x'), path('y')];
    const options = ['--name', 'pair', '--format', 'idx', '--classes', 'no,yes', '--limit', '2'];
    await ask('import', ...files, ...options);
    const shown = await ask('show', 'pair', '--json');
    expect(JSON.parse(shown.stdout)).toMatchObject({
      classes: ['no', 'yes'],
      examples: 2,
      shape: { width: 2, height: 1, channels: 1 },
      source: { uploads: ['x', 'y'], limit: 2 },
    });
  });

  it('lists what is stored, and shows one by its name or digest', async () => {
    const { path, ask } = await desk();
    expect((await ask('list')).stdout).toContain('There is no dataset in');
    await ask('import', path('bars.csv'), '--name', 'bars', '--max-bad-rows', '1');
    const listed = await ask('list');
    expect(listed.stdout).toMatch(/^bars +[0-9a-f]{12} +60 +3 +6x6x1 +\d{4}-/m);
    const { datasets } = JSON.parse((await ask('list', '--json')).stdout);
    for (const name of ['bars', 'dataset:bars', `bars@${datasets[0].latest.slice(0, 9)}`]) {
      const { stdout } = await ask('show', name);
      expect(stdout).toContain(`dataset:bars@${datasets[0].latest}`);
      expect(stdout).toMatch(/60 examples of 6x6x1, stored .* UTC from .*bars.csv\n/);
      expect(stdout).toMatch(/^tall +20$/m);
    }
  });

  it('stores what glimpse train and glimpse evaluate read by name', async () => {
    const { path, ask, env } = await desk();
    await ask('import', path('bars.csv'), '--name', 'bars', '--max-bad-rows', '1');
    const options = ['--model', 'bars', '--epochs', '1', '--json'];
    const trained = await runCommand(train, ['dataset:bars', ...options], env);
    expect(JSON.parse(trained.stdout)).toMatchObject({ model: 'bars', version: 1 });
    const measured = await runCommand(evaluate, ['dataset:bars', '--model', 'bars'], env);
    expect(measured.stdout).toMatch(/on 60 examples of dataset:bars@[0-9a-f]{12}\n/);
  });

  it.each([
    [[], 2, 'clean a dataset and store it'],
    [['imprt'], 2, 'Did you mean import?'],
    [['list', 'pairs'], 2, 'What is "pairs"?'],
    [['import', 'x.csv', '--nmae', 'x'], 2, 'glimpse dataset import --help'],
    [['import', 'x.csv'], 2, '--name'],
    [['import', '--name', 'x'], 2, "argument 'sources'"],
    [['import', 'none.csv', '--name', 'x'], 1, 'GLIMPSE_DATASET_NOT_FOUND'],
    [['import', 'none.csv', 'nor.csv', '--name', 'x'], 1, 'GLIMPSE_DATASET_NOT_FOUND'],
    [['import', 'a.csv', 's3://b/c', '--name', 'x'], 2, 's3://b/c is not'],
    [['import', 'package.json', '--name', '../x'], 1, 'GLIMPSE_INVALID_REQUEST'],
    [['show'], 2, "argument 'dataset'"],
    [['show', 'none'], 1, 'GLIMPSE_DATASET_NOT_FOUND'],
    [['show', '../x'], 1, 'GLIMPSE_BAD_NAME'],
    [['show', 'none@../..'], 1, 'GLIMPSE_DATASET_NOT_FOUND'],
  ])('says what is wrong with %j', async (args, code, words) => {
    const { ask } = await desk();
    expect(await ask(...args)).toMatchObject({ code, stderr: expect.stringContaining(words) });
  });
});
