import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { runCli } from '../support/cli.ts';
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
    const { code, stdout } = await runCli(['doctor', `s3://${s3.bucket}`, '--json'], { env });
    expect(code).toBe(1);
    const report: unknown = JSON.parse(stdout);
    expect(report).toMatchObject({
      repository: 's3://models',
      checks: expect.arrayContaining([
        expect.objectContaining({ name: 'conditional writes', state: 'failed' }),
      ]),
    });
  });

  it('is used wrongly with two repositories', async () => {
    expect((await runCli(['doctor', 'a', 'b'])).code).toBe(2);
  });
});
