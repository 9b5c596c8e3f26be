import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { command } from '../../src/cli/serve.ts';
import { configOf, settingOptions } from '../../src/cli/option-groups/setting-options.ts';
import { ConfigSchema } from '../../src/config/config-schema.ts';
import { runCommand } from '../support/run-command.ts';
import { startServerProcess } from '../support/server-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

afterEach(() => vi.unstubAllEnvs());

describe('npm start', { timeout: 60_000 }, () => {
  it('listens where its options say, whatever the environment says', async () => {
    const folder = await temporaryFolder();
    const env = { GLIMPSE_HOST: '0.0.0.0', GLIMPSE_PORT: '1', GLIMPSE_DATA_DIR: folder };
    const places = ['--repository', join(folder, 'models'), '--data-dir', join(folder, 'data')];
    const words = ['scripts/start.mjs', '--host', '127.0.0.1', '--port', '0', ...places];
    const server = startServerProcess(env, [], words);
    const up = await server.line(({ msg }) => msg === 'Glimpse is up');
    expect(up['ready']).toBe(false);
    expect(server.lines.filter(({ msg }) => String(msg).startsWith('listening on'))).toEqual([
      expect.objectContaining({ msg: expect.stringContaining('listening on http://127.0.0.1:') }),
    ]);
    expect((await fetch(`${String(up['url'])}/livez`)).status).toBe(200);
    server.child.kill('SIGINT');
    expect(await server.ended).toBe(0);
  });
});

describe('glimpse serve', () => {
  it.each([
    [['--prot', '9000'], "Unknown option '--prot' (Did you mean --port?)"],
    [['9000'], 'What is "9000"?'],
    [['--port', 'http'], '--port takes a whole number, at least 0, at most 65535, not "http".'],
    [['--log-level', 'loud'], '--log-level takes one of fatal, error,'],
    [['--host'], "'--host <text>' argument missing"],
  ])('used wrongly, %j, says so and starts nothing', async (args, sentence) => {
    const { code, stdout, stderr } = await runCommand(command, args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(sentence);
    expect(stderr).toContain('glimpse serve --help');
  });

  it('has an option for every setting that is no secret, with its sentence and default', async () => {
    const settings = Object.keys(ConfigSchema.properties).length;
    expect(Object.keys(settingOptions)).toHaveLength(settings - 3);
    expect(settingOptions).not.toHaveProperty('adminKey');
    const { stdout } = await runCommand(command, ['--help']);
    const help = stdout.replaceAll(/\s+/g, ' ');
    expect(help).toContain(
      '--port <number> Port to listen on; 0 takes a free one. (GLIMPSE_PORT; default 8080)',
    );
    expect(help).toContain('--s3-checksums <choice>');
    expect(help).toContain('(GLIMPSE_S3_CHECKSUMS; one of auto, always, required; default auto)');
  });

  it('lets an option win over the environment, and the environment over the default', () => {
    vi.stubEnv('GLIMPSE_PORT', '1');
    vi.stubEnv('GLIMPSE_DEFAULT_MODEL', 'fruit');
    expect(configOf({ port: '2', s3Endpoint: 'http://store:9000' })).toMatchObject({
      GLIMPSE_PORT: 2,
      GLIMPSE_DEFAULT_MODEL: 'fruit',
      GLIMPSE_S3_ENDPOINT: 'http://store:9000',
      GLIMPSE_HOST: '0.0.0.0',
    });
  });
});
