import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { command as feedback } from '../../src/cli/feedback.ts';
import { command as replay } from '../../src/cli/replay.ts';
import { writeLabel } from '../../src/evidence/log/labelled.ts';
import { createPredictionLog } from '../../src/evidence/log/prediction-log.ts';
import { createDiskStore } from '../../src/repository/stores/disk/disk-store.ts';
import { aCall, anImage, manifestWith } from '../evidence/a-call.ts';
import { repositoryIn } from '../datasets/dataset-files.ts';
import { runCommand } from '../support/run-command.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { tinyDraft, tinyPng, type TinyClass } from '../support/tiny-version.ts';

let folder: string;
let env: Record<string, string>;

/** Two versions of which the second says something else of "left", and a log of what the first has answered. */
beforeAll(async () => {
  folder = await temporaryFolder();
  const repository = repositoryIn(folder);
  await repository.publish(await tinyDraft());
  await repository.publish(await tinyDraft({ shift: 50 }));
  await repository.close();
  env = {
    GLIMPSE_REPOSITORY: join(folder, 'models'),
    GLIMPSE_DATA_DIR: join(folder, 'data'),
    GLIMPSE_PREDICTION_LOG: join(folder, 'log'),
    GLIMPSE_CANONICALISE_THREADS: '1',
    GLIMPSE_TRUSTED_MODELS: '*',
  };
  const store = createDiskStore({ root: join(folder, 'log') });
  const log = createPredictionLog({
    store,
    share: 1,
    images: 'all',
    redacted: new Set(),
    flushMs: 1e6,
    flushBytes: 1e9,
    bufferBytes: 1e9,
  });
  for (const name of ['left', 'bright', 'dark'] as const satisfies TinyClass[]) {
    const file = await tinyPng(name);
    const call = aCall([anImage({ label: name, file })], manifestWith({}));
    log.record(call);
    const said = { id: `${call.id}.0`, model: 'digits', version: 1, predicted: name, class: name };
    const label = { ...said, labelledAt: '2026-11-27T20:46:00Z', hasImage: name !== 'dark' };
    await writeLabel(store, label, name === 'dark' ? undefined : file);
  }
  await log.close();
});

describe('glimpse feedback export', () => {
  it('stores labelled images as a dataset that training can name', async () => {
    const { code, stdout, stderr } = await runCommand(feedback, ['export', '--name', 'told'], env);
    expect(stderr).toBe('');
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^2 labelled images of digits; 1 /)]);
    const repository = repositoryIn(folder);
    const dataset = await repository.datasets.find('told');
    expect(dataset).toMatchObject({
      classes: ['bright', 'left'],
      classCounts: [1, 1],
      shape: { width: 2, height: 2, channels: 1 },
    });
    await repository.close();
  });

  it('writes them into a folder', async () => {
    const out = join(folder, 'out');
    const { stdout } = await runCommand(feedback, ['export', '--out', out, '--json'], env);
    expect(JSON.parse(stdout)).toEqual({
      model: 'digits',
      images: 2,
      withoutImage: 1,
      classes: ['left', 'bright'],
    });
    const list = await readFile(join(out, 'labels.csv'), 'utf8');
    expect(list).toMatch(/^file,label\n[0-9a-f-]{36}[.]0[.]png,"left"\n.*,"bright"\n$/);
    expect((await readdir(out)).filter((name) => name.endsWith('.png'))).toHaveLength(2);
  });

  it.each<[string[], number, string, Record<string, string>?]>([
    [['export'], 2, 'Give --name or --out'],
    [['export', '--out', 'x'], 1, 'GLIMPSE_NO_PREDICTION_LOG', { GLIMPSE_PREDICTION_LOG: '' }],
    [['export', '--name', 'x', '--model', 'nobody'], 1, 'GLIMPSE_MODEL_NOT_FOUND'],
  ])('says what is wrong with %j', async (args, code, words, other = {}) => {
    const result = await runCommand(feedback, args, { ...env, ...other });
    expect(result).toMatchObject({ code, stderr: expect.stringContaining(words) });
  });
});

describe('glimpse replay', () => {
  it('shows every answer that another version changes', async () => {
    const same = await runCommand(replay, ['--version', '1'], env);
    expect(same.stdout).toBe(
      '3 logged images of digits through version 1: 3 answered alike, 0 otherwise; 0 had no image or class\n',
    );
    const { code, stdout } = await runCommand(replay, ['--version', '2'], env);
    expect(code).toBe(0);
    expect(stdout).toContain('through version 2: 1 answered alike, 2 otherwise');
    expect(stdout).toMatch(/^[0-9a-f-]{36}[.]0 +1 +left +0[.]900 +bright +1[.]000$/m);
    const json = await runCommand(replay, ['--version', '2', '--limit', '2', '--json'], env);
    expect(JSON.parse(json.stdout)).toMatchObject({ replayed: 2, isComplete: false });
  });

  it.each([
    [[], 2, 'Say which --version'],
    [['--version', '2', '--from', 'yesterday'], 2, '"yesterday" is no date'],
    [['--version', '9'], 1, 'GLIMPSE_VERSION_NOT_FOUND'],
  ])('says what is wrong with %j', async (args, code, words) => {
    const result = await runCommand(replay, args, env);
    expect(result).toMatchObject({ code, stderr: expect.stringContaining(words) });
  });
});
