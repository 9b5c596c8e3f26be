import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { ConfigSchema } from '../../src/config/config-schema.ts';
import { packageVersion } from '../../src/package.ts';
import type { Command } from '../../src/cli/command.ts';
import { command as config } from '../../src/cli/config.ts';
import { flagOf } from '../../src/cli/program.ts';
import { runCli } from '../support/cli.ts';
import { runCommand } from '../support/run-command.ts';

const folder = join(import.meta.dirname, '../../src/cli');

vi.setConfig({ testTimeout: 120_000 });

/** Modules as they are before they are bundled, which takes packages in: which of those are loaded can be seen. */
const modules = join(import.meta.dirname, '../../build/cli.js');

/** The packages of CommonJS, as the heavy ones are, that `glimpse` loads for some words. */
function packagesOf(words: readonly string[]): string[] {
  const program = `
    process.argv.splice(1, Infinity, 'glimpse', ...${JSON.stringify(words)});
    process.on('exit', () => process.stderr.write(Object.keys(require.cache).join('\\n')));
    void import(${JSON.stringify(modules)});`;
  const { stderr } = spawnSync(process.execPath, ['-e', program], { encoding: 'utf8' });
  return [...stderr.matchAll(/node_modules\/((?:@[^/]+\/)?[^/]+)\//g)].map(([, name]) => name!);
}

describe('glimpse', () => {
  it('lists its commands, and each explains itself', async () => {
    const { code, stdout } = await runCli(['--help']);
    expect(code).toBe(0);
    const listed = [...stdout.matchAll(/^ {2}([a-z]+) {2}/gm)].map(([, name]) => name!);
    expect(listed).toHaveLength(23);
    for (const name of listed) {
      // Some have a folder of their own.
      const file = [`${name}.ts`, join(name, `${name}.ts`)].find((one) =>
        existsSync(join(folder, one)),
      );
      const { command } = (await import(join(folder, file ?? name))) as { command: Command };
      const explained = await runCommand(command, ['--help']);
      expect(explained).toMatchObject({ code: 0, stderr: '' });
      expect(explained.stdout).toMatch(new RegExp(`^Usage: glimpse ${name} `));
      for (const key of Object.keys(command.options ?? {})) {
        expect(explained.stdout).toMatch(new RegExp(`^  ${flagOf(key)} `, 'm'));
      }
    }
  });

  it('tells its version', async () => {
    const { code, stdout } = await runCli(['--version']);
    expect({ code, stdout: stdout.trim() }).toEqual({ code: 0, stdout: packageVersion });
  });

  it.each([['--help'], ['config']])('loads for %j no more than it needs', (words) => {
    const loaded = packagesOf([words]);
    expect(loaded).toContain('commander');
    const heavy = ['ajv', 'fastify', 'onnxruntime-node', 'pino', 'prom-client', 'sharp'];
    expect(heavy.filter((name) => loaded.includes(name))).toEqual([]);
  });

  it('explains one command', async () => {
    const { code, stdout } = await runCli(['config', '--help']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Usage: glimpse config \[options\]\n/);
    expect((await runCli(['help', 'config'])).stdout).toBe(stdout);
  });

  it('exits with 2 and a hint when used wrongly', async () => {
    expect((await runCli([])).code).toBe(2);
    const misspelt = await runCli(['confg']);
    expect(misspelt.code).toBe(2);
    expect(misspelt.stderr).toBe(
      "Unknown command 'confg' (Did you mean config?)\nglimpse --help tells how it is used.\n",
    );
    const option = await runCommand(config, ['--jsno']);
    expect(option.code).toBe(2);
    expect(option.stderr).toBe(
      "Unknown option '--jsno' (Did you mean --json?)\nglimpse config --help tells how it is used.\n",
    );
    const extra = await runCommand(config, ['all']);
    expect(extra.code).toBe(2);
    expect(extra.stderr).toContain('What is "all"?');
  });
});

describe('glimpse config', () => {
  it('prints every setting with its meaning and marks what is set', async () => {
    const { code, stdout } = await runCli(['config'], { env: { GLIMPSE_PORT: '9000' } });
    expect(code).toBe(0);
    expect(stdout).toContain('* GLIMPSE_PORT=9000\n      Port to listen on');
    expect(stdout).toContain('  GLIMPSE_HOST=0.0.0.0');
  });

  it('prints JSON for machines, with passwords in addresses masked', async () => {
    const { stdout } = await runCommand(config, ['--json'], {
      GLIMPSE_S3_ENDPOINT: 'http://user:secret@store:9000',
    });
    const printed: unknown = JSON.parse(stdout);
    expect(printed).toMatchObject({ GLIMPSE_S3_ENDPOINT: 'http://***@store:9000' });
    expect(Object.keys(printed as object)).toEqual(Object.keys(ConfigSchema.properties));
  });

  it('warns of variables that only look like settings', async () => {
    const { code, stderr } = await runCommand(config, [], { GLIMPSE_PROT: '1' });
    expect(code).toBe(0);
    expect(stderr).toContain('did you mean GLIMPSE_PORT?');
  });

  it('refuses a setting that does not fit with one clear sentence', async () => {
    const { code, stderr } = await runCommand(config, [], { GLIMPSE_PORT: 'http' });
    expect(code).toBe(1);
    expect(stderr).toContain('GLIMPSE_PORT=http does not fit: it takes a whole number');
    expect(stderr).not.toContain('    at ');
  });
});
