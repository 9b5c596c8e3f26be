import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { drawPictures, nameOf, pictureShape as shape } from '../datasets/pictures.ts';
import { zip } from '../support/zip.ts';
import { tinyWorkshop } from './tiny-run.ts';

/** Forty pictures in train/ and twenty in test/, in a folder for each class. */
async function splitPictures() {
  const [learnt, measured] = [await drawPictures(40), await drawPictures(20)];
  return [
    ...learnt.map((picture, at) => ({ name: `train/${nameOf(picture, at)}`, data: picture.png })),
    ...measured.map((picture, at) => ({ name: `test/${nameOf(picture, at)}`, data: picture.png })),
  ];
}

describe('a test folder beside what is learnt from', () => {
  it('is measured on in a folder, an archive and an upload alike', async () => {
    const { folder, run } = await tinyWorkshop();
    const files = await splitPictures();
    for (const { name, data } of files) {
      await mkdir(join(folder, 'set', dirname(name)), { recursive: true });
      await writeFile(join(folder, 'set', name), data);
    }
    const file = join(folder, 'set.zip');
    await writeFile(file, zip(files));
    const measure = async (uri: string | undefined) => {
      const uploads = uri === undefined ? [{ part: 'data', name: 'mine.zip', file }] : [];
      const dataset = { ...(uri !== undefined && { uri }), shape };
      const { metrics } = await run({ dataset, epochs: 2 }, { uploads });
      return metrics;
    };
    const [local, archive, upload] = [
      await measure('set'),
      await measure('set.zip'),
      await measure(undefined),
    ];
    expect([local.examples, archive.examples, upload.examples]).toEqual([20, 20, 20]);
    expect(local.measuredOn).toBe('examples of set/test, which nothing was chosen by');
    expect(archive).toEqual({
      ...local,
      measuredOn: 'examples of set.zip (test), which nothing was chosen by',
    });
    expect(upload).toEqual({
      ...local,
      measuredOn: 'examples of the upload (test), which nothing was chosen by',
    });
  });
});
