import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { keepWithin } from '../../src/repository/cache/cache-bound.ts';
import { createRepository } from '../../src/repository/model-repository.ts';
import { createMemoryStore } from '../../src/repository/stores/memory-store.ts';
import { aDraft } from '../support/drafts.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

describe('the downloaded versions of a repository', () => {
  let root: string;
  beforeEach(async () => {
    root = await temporaryFolder();
  });
  const minute = 60_000;
  const now = Date.parse('2026-01-01T12:00:00Z');

  /** A version of 1000 bytes that was opened so many minutes ago. */
  async function cached(model: string, version: number, minutes: number): Promise<void> {
    const folder = join(root, model, String(version));
    await mkdir(join(folder, 'golden'), { recursive: true });
    await writeFile(join(folder, 'model.onnx'), new Uint8Array(600));
    await writeFile(join(folder, 'golden', 'a.png'), new Uint8Array(400));
    const at = new Date(now - minutes * minute);
    await utimes(folder, at, at);
  }
  const bound = (maxBytes: number, ...wanted: string[]) =>
    keepWithin(root, { maxBytes, wanted: async () => new Set(wanted) }, now);
  const left = async () => {
    const models = (await readdir(root)).filter((name) => !name.startsWith('.'));
    const versions = models.map(async (model) =>
      (await readdir(join(root, model))).map((version) => `${model}/${version}`),
    );
    return (await Promise.all(versions)).flat().sort();
  };

  it('stay within their bound: those opened longest ago go, one after the other', async () => {
    await cached('digits', 1, 90);
    await cached('digits', 2, 30);
    await cached('shapes', 1, 60);
    await bound(3_000);
    expect(await left()).toEqual(['digits/1', 'digits/2', 'shapes/1']);
    await bound(2_999);
    expect(await left()).toEqual(['digits/2', 'shapes/1']);
    await bound(1_000);
    expect(await left()).toEqual(['digits/2']);
    expect((await readdir(root)).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('stay whatever they take while a label names them, or when they were opened just now', async () => {
    await cached('digits', 1, 90);
    await cached('digits', 2, 80);
    await cached('digits', 3, 4);
    await bound(0, 'digits/1');
    expect(await left()).toEqual(['digits/1', 'digits/3']);
  });

  it('are bounded when another one is downloaded, and one that is opened counts as used', async () => {
    const store = createMemoryStore();
    const options = { store, cacheDir: root, maxArtifactBytes: 1e6 };
    const open = (maxCacheBytes: number) => createRepository({ ...options, maxCacheBytes });
    for (let version = 1; version <= 4; version += 1) await open(1).publish(aDraft());
    root = join(root, store.id);
    const repository = open(Infinity);
    for (const version of [1, 2, 3]) {
      await repository.open('digits', version);
      const at = new Date(Date.now() - (60 - version) * minute);
      await utimes(join(root, 'digits', String(version)), at, at);
    }
    await repository.kept!.keepListing({
      seenAt: new Date(now).toISOString(),
      models: [{ model: 'digits', versions: [1, 2, 3, 4], labels: { production: 2 } }],
    });
    // An hour ago, and now.
    await repository.open('digits', 1);
    await open(1).open('digits', 4);
    expect(await left()).toEqual(['digits/1', 'digits/2', 'digits/4']);
  });
});
