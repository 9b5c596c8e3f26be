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

/** Both ways to read version 1, each from a repository that answers so and a machine that keeps so. */
const readBoth = (isAway: boolean, answer: unknown, keeps: unknown) => {
  const asked: unknown[] = [];
  const answering = async (_: string, version: number) => {
    asked.push(version);
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const keeping = async () => keeps;
  const repository = {
    name: 'memory:',
    kept: { manifest: keeping, open: keeping },
    manifest: answering,
    open: answering,
    releases: { record: answering, policy: answering },
  } as unknown as Repository;
  const reading = readKeptVersions(repository, () => isAway);
  expect(reading.name).toBe('memory:');
  expect(reading.releases).toHaveProperty('policy');
  const read = [reading.manifest('digits', 1), reading.open('digits', 1, signal)];
  return { asked, read: read as Promise<unknown>[], reading };
};

const recordOf = async (isAway: boolean) => {
  const { reading, read } = readBoth(isAway, 'there', 'here');
  await Promise.all(read);
  return await reading.releases.record('digits', 1);
};

describe('a version that is read where something is kept', () => {
  const gone = new errors.GLIMPSE_VERSION_NOT_FOUND('digits', 1);
  const away = new errors.GLIMPSE_STORE_UNAVAILABLE('memory:', 'it is away');
  it.each([
    ['the repository, which has it', false, 'there', 'here', 'there'],
    ['this machine, when the repository has lost it', false, gone, 'here', 'here'],
    ['this machine, while the repository is away', true, 'there', 'here', 'here'],
  ])('comes from %s', async (_, isAway, answer, keeps, expected) => {
    const { asked, read } = readBoth(isAway, answer, keeps);
    expect(await Promise.all(read)).toEqual([expected, expected]);
    expect(asked).toEqual(isAway ? [] : [1, 1]);
  });

  it.each([
    ['it is lost and not kept', false, gone, undefined, gone],
    ['the repository fails in another way', false, away, 'here', away],
    [
      'the repository is away and it is not kept',
      true,
      'there',
      undefined,
      expect.objectContaining({
        code: 'GLIMPSE_STORE_UNAVAILABLE',
        message: expect.stringContaining('version 1 of digits is not kept on this machine'),
      }),
    ],
  ])('is refused when %s', async (_, isAway, answer, keeps, expected) => {
    for (const one of readBoth(isAway, answer, keeps).read)
      await expect(one).rejects.toEqual(expected);
  });

  it('has no record of its release while the repository is away', async () => {
    expect([await recordOf(false), await recordOf(true)]).toEqual(['there', undefined]);
  });
});
