import { describe, expect, it } from 'vitest';
import { errors } from '../../src/errors.ts';
import { readKeptVersions, withdrawReplaced } from '../../src/registry/kept-versions.ts';
import { KnownModel } from '../../src/registry/known-model.ts';
import type { LoadedVersion } from '../../src/registry/loaded-version.ts';
import type { Manifest } from '../../src/repository/manifest.ts';
import type { Repository } from '../../src/repository/repository.ts';

const signal = new AbortController().signal;

/** What is withdrawn of a model whose version 1 is loaded and whose version 2 is not. */
async function withdrawn(manifest: () => Promise<unknown>): Promise<number[]> {
  const model = new KnownModel('digits');
  model.addVersions([1, 2]);
  model.versions.get(1)!.loaded = { manifest: { version: 1 } } as unknown as LoadedVersion;
  const asked: number[] = [];
  const repository = {
    manifest: (_: string, version: number) => {
      asked.push(version);
      return manifest() as Promise<Manifest>;
    },
  };
  const replaced = await withdrawReplaced(repository, new Map([['digits', model]]), signal);
  expect(asked).toEqual([1]);
  return replaced.map(({ version }) => version);
}

describe('a loaded version that was kept', () => {
  it('is withdrawn when it is another one in the repository, and only then', async () => {
    expect(await withdrawn(async () => ({ version: 1, lineage: {} }))).toEqual([1]);
    expect(await withdrawn(async () => ({ version: 1 }))).toEqual([]);
  });

  it('stays when it cannot be read there, or is gone', async () => {
    const gone = new errors.GLIMPSE_VERSION_NOT_FOUND('digits', 1);
    expect(await withdrawn(() => Promise.reject(gone))).toEqual([]);
  });

  it.each([
    ['the repository is away', new errors.GLIMPSE_STORE_UNAVAILABLE('memory:', 'it is away')],
    ['we have a bug', new TypeError('oops')],
  ])('is not judged while %s', async (_, error) => {
    await expect(withdrawn(() => Promise.reject(error))).rejects.toBe(error);
  });
});

it('a repository of which nothing is kept is read itself, whatever is away', () => {
  const repository = { name: 'memory:' } as Repository;
  expect(readKeptVersions(repository, () => true)).toBe(repository);
});
