import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readKey } from '../../src/access/api-key.ts';
import { command as configCommand } from '../../src/cli/config.ts';
import { command } from '../../src/cli/keys.ts';
import { command as serveCommand } from '../../src/cli/serve.ts';
import { runCli } from '../support/cli.ts';
import { runCommand } from '../support/run-command.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

describe('glimpse keys', () => {
  it('makes a key, prints it once, lists it without its secret, and ends it', async () => {
    const file = join(await temporaryFolder(), 'keys.json');
    const made = await runCli([
      'keys',
      'create',
      '--name',
      'shop',
      '--scope',
      'predict,read',
      '--model',
      'shop-*',
      '--file',
      file,
    ]);
    const key = readKey(made.stdout.trim())!;
    expect(key).toBeDefined();
    expect(await readFile(file, 'utf8')).not.toContain(key.secret);

    const listed = await runCommand(command, ['list', '--json', '--file', file]);
    expect(JSON.parse(listed.stdout)).toEqual([
      expect.objectContaining({
        id: key.id,
        name: 'shop',
        scopes: ['predict', 'read'],
        models: ['shop-*'],
      }),
    ]);
    expect(listed.stdout).not.toContain('sha256');

    await runCommand(command, ['revoke', key.id, '--file', file]);
    const after = await runCommand(command, ['list', '--file', file]);
    expect(after.stdout).toContain('it was revoked');
  });

  it('lists when a key was made and ends, and its budget', async () => {
    const file = join(await temporaryFolder(), 'keys.json');
    const make = (...more: string[]) =>
      runCommand(command, ['create', '--scope', 'read', '--file', file, '--name', ...more]);
    const budget = ['--requests-per-minute', '600', '--concurrency', '8', '--weight', '2'];
    expect((await make('ci', '--expires', '2999-06-30T18:00:00+02:00', ...budget)).code).toBe(0);
    expect((await make('plain', '--expires', '2999-02-28')).code).toBe(0);
    expect((await make('endless')).code).toBe(0);
    const { stdout } = await runCommand(command, ['list', '--file', file]);
    const today = new Date().toISOString().slice(0, 10);
    expect(stdout).toMatch(
      new RegExp(
        `ci .* valid +${today} ..:..Z +2999-06-30 16:00Z +600 a minute, 8 at once, weight 2\n`,
      ),
    );
    expect(stdout).toMatch(/plain .* 2999-02-28 00:00Z +none\n/);
    expect(stdout).toMatch(/endless .* never +none\n/);
  });

  it.each([[['list']], [['revoke', 'abc']]])('%j names a file that is not there', async (words) => {
    const file = join(await temporaryFolder(), 'none.json');
    const { code, stdout, stderr } = await runCommand(command, [...words, '--file', file]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(`There is no file ${file}`);
  });

  it.each([
    ['01/02/2027', 'takes a date as 2027-01-31'],
    ['2027', 'takes a date as 2027-01-31'],
    ['2027-02-30', 'takes a date as 2027-01-31'],
    ['2027-01-31T25:00:00Z', 'takes a date as 2027-01-31'],
    ['2027-01-31T12:00:00', 'takes a date as 2027-01-31'],
    ['Jan 31 2027', 'takes a date as 2027-01-31'],
    ['2020-01-31', 'takes a time to come'],
  ])('refuses --expires %s', async (date, sentence) => {
    const file = join(await temporaryFolder(), 'keys.json');
    const words = ['create', '--name', 'x', '--scope', 'read', '--expires', date, '--file', file];
    const { code, stdout, stderr } = await runCommand(command, words);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(sentence);
  });

  it.each([
    [['--name', 'x', '--scope', 'root'], 'not "root"'],
    [['--name', 'x'], '--scope takes'],
    [['--name', 'x', '--scope', 'read', '--expires', 'soon'], 'not "soon"'],
  ])('refuses %j', async (options, sentence) => {
    const file = join(await temporaryFolder(), 'keys.json');
    const { code, stderr } = await runCommand(command, ['create', ...options, '--file', file]);
    expect(code).toBe(2);
    expect(stderr).toContain(sentence);
  });
});

describe('the admin key of a first start', () => {
  it('is shown by no command, and is no option of one', async () => {
    const env = { GLIMPSE_ADMIN_KEY: 'glimpse_secret' };
    const config = await runCommand(configCommand, [], env);
    expect(config.stdout).toContain('GLIMPSE_ADMIN_KEY=***');
    const help = await runCommand(serveCommand, ['--help'], env);
    expect(config.stdout + help.stdout).not.toContain('glimpse_secret');
    expect(help.stdout).not.toContain('--admin-key');
  });
});
