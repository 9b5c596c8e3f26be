import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { command } from '../../src/cli/doctor.ts';
import { runCli } from '../support/cli.ts';
import { runCommand } from '../support/run-command.ts';
import { startS3Server, type S3Server } from '../support/s3-server.ts';

vi.setConfig({ testTimeout: 120_000 });

let s3: S3Server;
let scratch: string;
beforeAll(async () => {
  s3 = await startS3Server();
  scratch = await mkdtemp(join(tmpdir(), 'glimpse-cli-doctor-'));
});
afterAll(async () => {
  await s3.close();
  await rm(scratch, { recursive: true, force: true });
});

describe('glimpse doctor', () => {
  it('tells in one line each how a folder does', async () => {
    const { code, stdout } = await runCli(['doctor', scratch]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^warning {2}answers .* holds no model yet$/m);
    expect(stdout).toMatch(/^ok {7}conditional writes /m);
  });

  it('exits with 1 when a bucket ignores conditional writes', async () => {
    s3.account.conditions = 'ignored';
    const env = { ...s3.env, GLIMPSE_S3_ENDPOINT: s3.endpoint, GLIMPSE_S3_REGION: s3.region };
    const { code, stdout } = await runCommand(command, [`s3://${s3.bucket}`, '--json'], env);
    expect(code).toBe(1);
    const report: unknown = JSON.parse(stdout);
    expect(report).toMatchObject({
      repository: 's3://models',
      checks: expect.arrayContaining([
        expect.objectContaining({ name: 'conditional writes', state: 'failed' }),
      ]),
    });
  });

  it('exits with 1 when the data folder cannot be written, and names its setting', async () => {
    const file = join(scratch, 'a-file');
    await writeFile(file, '');
    const env = { GLIMPSE_DATA_DIR: join(file, 'data') };
    const { code, stdout } = await runCommand(command, [join(scratch, 'none')], env);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^failed +data folder +GLIMPSE_DATA_DIR \(.*a-file\/data\) cannot be/m);
  });

  it('exits with 1 and says why when a repository cannot be read', async () => {
    const file = join(scratch, 'no-folder');
    await writeFile(file, '');
    const { code, stdout } = await runCommand(command, [], { GLIMPSE_REPOSITORY: file });
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /^failed +answers +.*no-folder: The store GLIMPSE_REPOSITORY .*ENOTDIR/m,
    );
  });

  it('is used wrongly with two repositories', async () => {
    expect((await runCommand(command, ['a', 'b'])).code).toBe(2);
  });
});
