import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readKey } from '../../src/access/api-key.ts';
import { runCli } from '../support/cli.ts';
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

    const listed = await runCli(['keys', 'list', '--json', '--file', file]);
    expect(JSON.parse(listed.stdout)).toEqual([
      expect.objectContaining({
        id: key.id,
        name: 'shop',
        scopes: ['predict', 'read'],
        models: ['shop-*'],
      }),
    ]);
    expect(listed.stdout).not.toContain('sha256');

    await runCli(['keys', 'revoke', key.id, '--file', file]);
    const after = await runCli(['keys', 'list', '--file', file]);
    expect(after.stdout).toContain('it was revoked');
  });

  it.each([
    [['--name', 'x', '--scope', 'root'], 'not "root"'],
    [['--name', 'x'], '--scope takes'],
    [['--name', 'x', '--scope', 'read', '--expires', 'soon'], 'not "soon"'],
  ])('refuses %j', async (options, sentence) => {
    const file = join(await temporaryFolder(), 'keys.json');
    const { code, stderr } = await runCli(['keys', 'create', ...options, '--file', file]);
    expect(code).toBe(2);
    expect(stderr).toContain(sentence);
  });
});

describe('the admin key of a first start', () => {
  it('is shown by no command, and is no option of one', async () => {
    const env = { GLIMPSE_ADMIN_KEY: 'glimpse_secret' };
    const config = await runCli(['config'], { env });
    expect(config.stdout).toContain('GLIMPSE_ADMIN_KEY=***');
    const help = await runCli(['serve', '--help'], { env });
    expect(config.stdout + help.stdout).not.toContain('glimpse_secret');
    expect(help.stdout).not.toContain('--admin-key');
  });
});
