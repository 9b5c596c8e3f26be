import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SignJWT } from 'jose';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createKey } from '../../src/access/api-key.ts';
import { leaksIn, logsVariable, recordedLogger, registerSecret } from './recorded-logs.ts';
import setup from './suite-logs.ts';

afterEach(() => vi.unstubAllEnvs());

/** A run of its own inside of this one. */
function begin() {
  vi.stubEnv(logsVariable, undefined);
  const leaks: string[] = [];
  const end = setup(undefined, (lines) => leaks.push(...lines));
  return { leaks, end };
}

describe('the logs of all tests', () => {
  it('fail the run when a key, a token or a registered secret stands in one, without quoting it', async () => {
    const { leaks, end } = begin();
    const { text: key } = createKey({ name: 'x', scopes: ['admin'], models: ['*'] }, new Date());
    const token = await new SignJWT({ sub: 'x' })
      .setProtectedHeader({ alg: 'HS256' })
      .sign(new TextEncoder().encode('a secret of thirty-two characters'));
    registerSecret('planted-secret');
    const logger = recordedLogger();
    logger.info({ header: `Bearer ${key}` }, 'asked');
    logger.debug(`the token was ${token}.`);
    logger.error(new Error('signed with planted-secret'));
    logger.info('glimpse_http_requests_total counts, and no secret is here');
    end();
    expect(leaks).toHaveLength(3);
    for (const leak of leaks) expect(leak).toContain('<SECRET>');
    for (const secret of [key, token, 'planted-secret']) expect(leaks.join()).not.toContain(secret);
  });

  it('pass a run without one', () => {
    const { leaks, end } = begin();
    registerSecret('planted-secret');
    recordedLogger().info('asked');
    end();
    expect(leaks).toEqual([]);
  });

  it('are those of a real run: this one collects', () => {
    expect(process.env[logsVariable]).toBeDefined();
    expect(leaksIn(mkdtempSync(join(tmpdir(), 'empty-')))).toEqual([]);
  });
});
