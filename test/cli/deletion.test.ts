import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { command as deleteCommand } from '../../src/cli/delete.ts';
import { command as pruneCommand } from '../../src/cli/prune.ts';
import { command as restoreCommand } from '../../src/cli/restore.ts';
import { subjectOf } from '../../src/cli/deletion/subject.ts';
import { createRepository } from '../../src/repository/model-repository.ts';
import type { Repository } from '../../src/repository/repository.ts';
import { createDiskStore } from '../../src/repository/stores/disk/disk-store.ts';
import { aDraft } from '../support/drafts.ts';
import { runCommand } from '../support/run-command.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

let repository: Repository;
let env: Record<string, string>;
beforeAll(async () => {
  const root = await temporaryFolder();
  env = { GLIMPSE_REPOSITORY: root, GLIMPSE_DATA_DIR: join(root, '.data') };
  repository = createRepository({
    store: createDiskStore({ root }),
    cacheDir: join(root, '.cache'),
    maxArtifactBytes: 1_000,
  });
  for (const label of ['production', 'a', 'b'] as const)
    await repository.publish(aDraft({ label }));
  await repository.publish(aDraft());
});
afterAll(() => repository.close());

describe('the terminal', () => {
  it('deletes, takes back, and removes for good, telling beforehand what that would be', async () => {
    const deleted = await runCommand(deleteCommand, ['digits/4', '--reason', 'too old'], env);
    expect(deleted).toMatchObject({ code: 0, stdout: expect.stringContaining('restore digits/4') });
    expect((await repository.history.page('digits')).entries[0]).toMatchObject({ why: 'too old' });
    expect(await runCommand(restoreCommand, ['digits/4'], env)).toMatchObject({
      code: 0,
      stdout: 'digits/4 is back.\n',
    });
    const refused = await runCommand(deleteCommand, ['digits/1'], env);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('"production"') });
    const now = { ...env, GLIMPSE_DELETE_GRACE_MS: '0' };
    await runCommand(deleteCommand, ['digits/4', '--json'], now);
    const planned = await runCommand(pruneCommand, ['--dry-run'], env);
    expect(planned.stdout).toMatch(/remove +digits\/4 .*\nNothing was done: that was a dry run\./);
    expect((await repository.list('digits')).deleted).toEqual([4]);
    expect((await runCommand(pruneCommand, [], env)).stdout).toMatch(/remove +digits\/4/);
    expect((await repository.list('digits')).deleted).toEqual([]);
    expect((await runCommand(pruneCommand, [], env)).stdout).toBe('There is nothing to prune.\n');
  });
});

it('names a model, a version or a dataset, and nothing else', () => {
  expect(subjectOf('digits')).toEqual({ model: 'digits' });
  expect(subjectOf('digits/12')).toEqual({ model: 'digits', version: 12 });
  expect(subjectOf('dataset:fruit@0a1b')).toEqual({ dataset: 'fruit', digest: '0a1b' });
  for (const word of ['', '../x', 'digits/x', 'digits/1/2', 'digits/0', 'dataset:fruit']) {
    expect(() => subjectOf(word)).toThrow('is no model, model/version, or dataset:name@digest');
  }
});
