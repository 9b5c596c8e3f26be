import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { errorCatalogue, errors, isGlimpseError, withDetails } from '../src/errors.ts';

const page = readFileSync(join(import.meta.dirname, '../docs/errors.md'), 'utf8');

describe('docs/errors.md', () => {
  const entries = [...page.matchAll(/^- \*\*`(\w+)`\*\* \((\d+)\) (.*)\\\n {2}(.*)$/gm)].map(
    ([, code, status, sentence, advice]) => ({
      code,
      status,
      sentence: sentence?.replaceAll('\\', ''),
      advice,
    }),
  );

  it('lists every code of the catalogue with its status and sentence, and nothing else', () => {
    const inCode = Object.entries(errorCatalogue).map(
      ([code, [status, sentence]]) => `${code} ${status} ${sentence}`,
    );
    const documented = entries.map(({ code, status, sentence }) => `${code} ${status} ${sentence}`);
    expect(documented).toEqual(inCode);
  });

  it('says of every error what to do about it', () => {
    const silent = entries.filter(({ advice }) => (advice ?? '').length < 10);
    expect(silent.map(({ code }) => code)).toEqual([]);
  });
});

describe('errors', () => {
  it('carry their code, status and filled-in sentence', () => {
    const error = new errors.GLIMPSE_QUEUE_FULL(64);
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      code: 'GLIMPSE_QUEUE_FULL',
      statusCode: 429,
      message: '64 images are waiting for this version already; try again shortly.',
    });
  });

  it('are told from the errors of others', () => {
    expect(isGlimpseError(new errors.GLIMPSE_INTERNAL())).toBe(true);
    expect(isGlimpseError(Object.assign(new Error('x'), { code: 'ENOENT' }))).toBe(false);
    expect(isGlimpseError(Object.assign(new Error('x'), { code: 'toString' }))).toBe(false);
    expect(isGlimpseError({ code: 'GLIMPSE_INTERNAL' })).toBe(false);
  });

  it('keep their origin as cause when facts are attached', () => {
    const cause = new Error('disk');
    const error = withDetails(new errors.GLIMPSE_INTERNAL(), { index: 3 }, cause);
    expect(error).toMatchObject({ details: { index: 3 }, cause });
  });

  it('use only statuses the documentation of the wire knows', () => {
    const statuses = new Set(Object.values(errorCatalogue).map(([status]) => status));
    expect([...statuses].toSorted((a, b) => a - b)).toEqual([
      400, 401, 403, 404, 405, 406, 408, 409, 413, 415, 417, 422, 429, 431, 499, 500, 501, 503, 504,
    ]);
  });
});
