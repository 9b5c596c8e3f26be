import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { openStore } from '../../src/repository/stores/open-store.ts';
import { s3OptionsFor } from '../support/s3-options.ts';

const folder = join(import.meta.dirname, '../../src/repository');

const id = (endpoint: string) => openStore('s3://bucket', s3OptionsFor(endpoint)).id;

describe('opening a store', () => {
  it.each([
    ['./models', resolve('models')],
    ['models', resolve('models')],
    ['/srv/models', '/srv/models'],
    ['file:./models', resolve('models')],
    ['file:/srv/models', '/srv/models'],
    [pathToFileURL('/srv/with space').href, '/srv/with space'],
    ['s3://bucket', 's3://bucket'],
    ['s3://bucket/', 's3://bucket'],
    ['s3://bucket/some/where/', 's3://bucket/some/where'],
    ['memory:', 'memory:'],
  ])('takes %j for %j', (uri, place) => {
    expect(openStore(uri, s3OptionsFor('')).uri).toBe(place);
  });

  it('names the cache of a bucket by its endpoint too', () => {
    expect(id('http://one')).not.toBe(id('http://other'));
    expect(id('http://one')).toBe(id('http://one'));
  });

  it('does not load the AWS SDK for those who use a folder', () => {
    const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => readFileSync(join(folder, file), 'utf8'));
    const imports = sources.flatMap((text) => [
      ...text.matchAll(/^import (type )?[^;]*?from '(@aws-sdk|@smithy)\/[^;]*;/gms),
    ]);
    expect(imports.length).toBeGreaterThan(0);
    expect(imports.filter(([, type]) => type === undefined)).toEqual([]);
  });
});
