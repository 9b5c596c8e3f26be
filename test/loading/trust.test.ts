import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { contentDigest, contentOf, createTrust, type Trust } from '../../src/loading/trust.ts';
import { shippedModels } from '../../src/loading/shipped-models.ts';
import { sha256OfFile } from '../../src/repository/digest.ts';
import type { Manifest } from '../../src/repository/manifest.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { tinyDraft } from '../support/tiny-version.ts';

let folder: string;
let trust: Trust;
beforeEach(async () => {
  folder = join(await temporaryFolder(), 'trained');
  trust = createTrust({ folder, isMarked: (model) => model.startsWith('ours-') });
});

const shipped = join(import.meta.dirname, '..', '..', 'models', 'digits');
const readShipped = async (version: number): Promise<Manifest> =>
  JSON.parse(await readFile(join(shipped, String(version), 'manifest.json'), 'utf8'));

describe('a version is trusted', () => {
  it('when a training of this server made exactly its bytes', async () => {
    const draft = await tinyDraft();
    const content = await contentOf(draft);
    expect(await trust.isTrusted({ ...content, model: 'digits' })).toBe(false);
    await trust.remember(content);
    expect(await trust.isTrusted({ ...content, model: 'digits' })).toBe(true);
    const other = await contentOf(await tinyDraft({ shift: 1 }));
    expect(await trust.isTrusted({ ...other, model: 'digits' })).toBe(false);
  });

  it('by what runs, and not by what its manifest tells of its origin', async () => {
    const content = await contentOf(await tinyDraft());
    const forged = { ...content, model: 'digits', lineage: { job: 'j', codeVersion: '0.1.0' } };
    expect(await trust.isTrusted(forged)).toBe(false);
    await trust.remember(content);
    const renamed = { ...content, entry: 'golden/left.png', model: 'digits' };
    expect(await trust.isTrusted(renamed)).toBe(false);
    expect(await trust.isTrusted({ ...content, runtime: 'tensorflow', model: 'digits' })).toBe(
      false,
    );
  });

  it('when an operator has marked its model', async () => {
    const content = await contentOf(await tinyDraft());
    expect(await trust.isTrusted({ ...content, model: 'ours-7' })).toBe(true);
    expect(await trust.isTrusted({ ...content, model: 'theirs' })).toBe(false);
  });

  it('when it is a model that comes with the program, whose digest is that of the files here', async () => {
    const digests: string[] = [];
    for (const version of [1, 2]) {
      const manifest = await readShipped(version);
      const files = await Promise.all(
        manifest.files.map(async ({ path }) => ({
          path,
          sha256: await sha256OfFile(join(shipped, String(version), path)),
        })),
      );
      digests.push(contentDigest({ ...manifest, files }));
      expect(await trust.isTrusted(manifest)).toBe(true);
    }
    expect(shippedModels).toEqual(digests);
  });

  it('whichever of many trainings at the same time made it', async () => {
    const contents = await Promise.all(
      Array.from({ length: 20 }, async (_, shift) => contentOf(await tinyDraft({ shift }))),
    );
    const other = createTrust({ folder, isMarked: () => false });
    await Promise.all(contents.map((content, i) => (i % 2 ? trust : other).remember(content)));
    for (const content of contents) {
      expect(await trust.isTrusted({ ...content, model: 'digits' })).toBe(true);
    }
    expect(await readdir(folder)).toHaveLength(20);
  });
});
