import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { gatherModel } from '../../src/publishing/gather-model.ts';
import { gatherSavedModel, savedModelAt } from '../../src/publishing/gather-saved-model.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** A folder as TensorFlow and Keras leave it, with something of the user's own in it. */
async function saved(): Promise<string> {
  const folder = await temporaryFolder();
  await Promise.all(
    ['variables', 'assets/words'].map((path) => mkdir(join(folder, path), { recursive: true })),
  );
  const files = [
    'saved_model.pb',
    'fingerprint.pb',
    'variables/variables.index',
    'variables/variables.data-00000-of-00001',
    'assets/words/labels.txt',
    'answers.json',
  ];
  await Promise.all(files.map((path) => writeFile(join(folder, path), path)));
  return folder;
}

describe('the files of a SavedModel', () => {
  it('are its graph first, its weights, its assets and its fingerprint, and nothing else of the folder', async () => {
    const folder = await saved();
    const into = await temporaryFolder();
    const files = await gatherSavedModel(join(folder, 'saved_model.pb'), into);
    expect([...files.keys()]).toEqual([
      'saved_model.pb',
      'assets/words/labels.txt',
      'fingerprint.pb',
      'variables/variables.data-00000-of-00001',
      'variables/variables.index',
    ]);
    for (const [path, { file }] of files) {
      expect(file).toBe(join(into, path));
      expect(await readFile(file, 'utf8')).toBe(path);
    }
  });

  it.each([
    ['a file outside', '../outside'],
    ['nothing', 'gone'],
  ])('are refused when one is a link to %s', async (_what, target) => {
    const folder = await saved();
    await writeFile(join(folder, '..', 'outside'), 'a secret');
    await symlink(join(folder, target), join(folder, 'assets', 'link.txt'));
    await expect(
      gatherSavedModel(join(folder, 'saved_model.pb'), await temporaryFolder()),
    ).rejects.toThrow('its file "assets/link.txt" lies outside its folder');
  });

  it('are taken where the weights are links within the folder, as caches by digest keep them', async () => {
    const folder = await saved();
    await symlink(join(folder, 'answers.json'), join(folder, 'variables', 'more'));
    const files = await gatherSavedModel(join(folder, 'saved_model.pb'), await temporaryFolder());
    expect(await readFile(files.get('variables/more')!.file, 'utf8')).toBe('answers.json');
  });
});

describe('what is published as a SavedModel', () => {
  it('is a folder with saved_model.pb, or that file; another file or folder is none', async () => {
    const folder = await saved();
    const graph = join(folder, 'saved_model.pb');
    expect(await savedModelAt(folder)).toBe(graph);
    expect(await savedModelAt(graph)).toBe(graph);
    expect(await savedModelAt(join(folder, 'answers.json'))).toBeUndefined();
    expect(await savedModelAt(join(folder, 'variables'))).toBeUndefined();
    expect(await savedModelAt(join(folder, 'gone'))).toBeUndefined();
  });

  it('is a UsageError where the folder has none', async () => {
    const folder = await temporaryFolder();
    await expect(gatherModel(folder, await temporaryFolder())).rejects.toThrow(
      'is no SavedModel: it has no saved_model.pb',
    );
  });

  it('is refused by name where its graph is text', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'saved_model.pbtxt'), '');
    await expect(savedModelAt(folder)).rejects.toMatchObject({
      code: 'GLIMPSE_MODEL_INVALID',
      message: expect.stringContaining('saved_model.pbtxt') as string,
    });
  });
});
