import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { tar } from '../support/tar.ts';
import { zip, type ZipEntry } from '../support/zip.ts';
import { read, type ReadOptions } from './dataset-files.ts';
import { drawPictures, folderWith, nameOf, pictureShape } from './pictures.ts';

const shape = pictureShape;

/** Four good images, as entries of an archive. */
async function goodEntries() {
  const pictures = await drawPictures(4);
  return pictures.map((picture, index) => ({ name: nameOf(picture, index), data: picture.png }));
}

async function readBytes(name: string, bytes: Uint8Array, options: ReadOptions = {}) {
  return read(await folderWith({ [name]: bytes }), { uri: name, shape }, options);
}

const refusal = (code: string, message: string) => ({
  code,
  message: expect.stringContaining(message),
});

describe('a name that would leave the archive', () => {
  it.each([
    ['..', '../cat/x.png', 'leaves the archive'],
    ['.. in the middle', 'cat/../../x.png', 'leaves the archive'],
    ['an absolute path', '/cat/x.png', 'absolute'],
    ['a backslash', 'cat\\..\\..\\x.png', 'backslash'],
    ['a drive letter', 'C:/cat/x.png', 'drive letter'],
    ['a NUL', 'cat/x.png\0.txt', 'control character'],
    ['a line break', 'cat/x\n.png', 'control character'],
    ['endless length', `cat/${'x'.repeat(1100)}.png`, 'longer than'],
  ])('refuses the archive: %s', async (_, name, reason) => {
    const good = await goodEntries();
    const refused = refusal('GLIMPSE_ARCHIVE_UNSAFE', reason);
    await expect(readBytes('x.zip', zip([...good, { name, data: 'x' }]))).rejects.toMatchObject(
      refused,
    );
    // A plain tar header ends a name at NUL; an extended one does not.
    const pax = { name: 'cat/x.png', data: 'x', pax: { path: name } };
    const bytes = await tar([...good, pax]);
    await expect(readBytes('x.tar', bytes)).rejects.toMatchObject(refused);
  });

  it('refuses the archive: the same name twice', async () => {
    const good = await goodEntries();
    const refused = refusal('GLIMPSE_ARCHIVE_UNSAFE', 'twice');
    const twice = [...good, { name: './cat//000.png', data: 'other' }];
    await expect(readBytes('x.zip', zip(twice))).rejects.toMatchObject(refused);
    await expect(readBytes('x.tar', await tar(twice))).rejects.toMatchObject(refused);
  });
});

describe('an entry that is no file', () => {
  it.each([
    ['a symbolic link', { type: 'symlink', linkname: '/etc/passwd' }, 0o120777],
    ['a hard link', { type: 'link', linkname: 'cat/000.png' }, undefined],
    ['a device', { type: 'character-device', devmajor: 1, devminor: 5 }, 0o020666],
    ['a device', { type: 'block-device', devmajor: 8, devminor: 0 }, 0o060660],
    ['a pipe', { type: 'fifo' }, 0o010644],
    ['a socket', undefined, 0o140755],
  ] as const)('refuses the archive: %s', async (kind, header, mode) => {
    const good = await goodEntries();
    const refused = refusal('GLIMPSE_ARCHIVE_UNSAFE', `it is ${kind}`);
    if (header) {
      const bytes = await tar([...good, { name: 'cat/x.png', ...header }]);
      await expect(readBytes('x.tar', bytes)).rejects.toMatchObject(refused);
    }
    if (mode !== undefined) {
      const entry: ZipEntry = { name: 'cat/x.png', data: '/etc/passwd', mode };
      await expect(readBytes('x.zip', zip([...good, entry]))).rejects.toMatchObject(refused);
    }
  });
});

describe('an archive that unpacks to too much', () => {
  const zeros = Buffer.alloc(6_000_000);
  const bomb = { name: 'cat/bomb.png', data: zeros };

  it.each([
    ['entries', { maxEntries: 4, maxRatio: 5000 }, 'GLIMPSE_MAX_ARCHIVE_ENTRIES'],
    ['bytes in all', { maxBytes: 5_000_000, maxRatio: 5000 }, 'GLIMPSE_MAX_DATASET_BYTES'],
    ['bytes for their size', { maxRatio: 100 }, 'GLIMPSE_MAX_ARCHIVE_RATIO'],
  ])('is refused by its %s before anything is unpacked', async (_, limits, knob) => {
    const entries = [...(await goodEntries()), bomb];
    const refused = refusal('GLIMPSE_ARCHIVE_TOO_LARGE', knob);
    await expect(readBytes('x.zip', zip(entries), { limits })).rejects.toMatchObject(refused);
    await expect(
      readBytes('x.tar.gz', gzipSync(await tar(entries)), { limits }),
    ).rejects.toMatchObject(refused);
  });

  it('is refused when an entry gives more bytes than the directory says', async () => {
    const entries = [...(await goodEntries()), { ...bomb, declaredSize: 100 }];
    await expect(readBytes('x.zip', zip(entries))).rejects.toMatchObject({
      code: 'GLIMPSE_TOO_MANY_BAD_ROWS',
      details: {
        badRows: {
          rows: [{ entry: 'cat/bomb.png', reason: expect.stringMatching(/too many bytes/i) }],
        },
      },
    });
  });

  it('is refused when it is a folder with too many files', async () => {
    const entries = await goodEntries();
    const folder = await folderWith(
      Object.fromEntries(entries.map(({ name, data }) => [`set/${name}`, data])),
    );
    await expect(
      read(folder, { uri: 'set', shape }, { limits: { maxEntries: 3 } }),
    ).rejects.toMatchObject(refusal('GLIMPSE_ARCHIVE_TOO_LARGE', '3 files'));
  });
});

describe('a broken archive', () => {
  it('is refused wherever it is cut off', async () => {
    const entries = await goodEntries();
    const whole = { 'x.zip': zip(entries), 'x.tar': await tar(entries) };
    const files = { ...whole, 'x.tgz': gzipSync(whole['x.tar']) };
    for (const [name, bytes] of Object.entries(files)) {
      for (const share of [0.5, 0.7, 0.97]) {
        const cut = bytes.subarray(0, Math.floor(bytes.length * share));
        await expect(readBytes(name, cut), `${name} at ${share}`).rejects.toMatchObject({
          code: 'GLIMPSE_DATASET_INVALID',
        });
      }
    }
  });

  it('is refused when a tar ends right between two entries', async () => {
    const bytes = await tar(await goodEntries());
    await expect(readBytes('x.tar', bytes.subarray(0, 1024))).rejects.toMatchObject(
      refusal('GLIMPSE_DATASET_INVALID', 'end mark'),
    );
  });

  it.each([
    ['encrypted', { encrypted: true }, 'is encrypted'],
    ['packed in an unknown way', { method: 93 }, 'method 93'],
  ])('is refused when an entry is %s', async (_, change, reason) => {
    const entries = [...(await goodEntries()), { name: 'cat/x.png', data: 'secret', ...change }];
    await expect(readBytes('x.zip', zip(entries))).rejects.toMatchObject(
      refusal('GLIMPSE_DATASET_INVALID', reason),
    );
  });

  it('is refused by name when it is of a kind that is not read', async () => {
    await expect(readBytes('x.7z', Buffer.from('7z\xbc\xaf\x27\x1c'))).rejects.toMatchObject(
      refusal(
        'GLIMPSE_DATASET_INVALID',
        'x.7z is not an archive that is read: .zip, .tar, .tar.gz, .tar.bz2 and .tar.xz are',
      ),
    );
  });

  it.each([
    ['no image', [{ name: 'a.txt', data: 'x' }], 'GLIMPSE_DATASET_INVALID'],
    ['nested archives only', [{ name: 'cat/a.zip', data: 'x' }], 'GLIMPSE_DATASET_INVALID'],
    ['folders only', [{ name: 'cat/', stored: true }], 'GLIMPSE_DATASET_EMPTY'],
  ])('is refused when it holds %s', async (_, entries, code) => {
    await expect(readBytes('x.zip', zip(entries))).rejects.toMatchObject({ code });
    await expect(readBytes('x.tar', await tar(entries))).rejects.toMatchObject({ code });
  });

  it('is refused when it holds nothing', async () => {
    await expect(readBytes('x.zip', zip([]))).rejects.toMatchObject({
      code: 'GLIMPSE_DATASET_EMPTY',
    });
    // Nothing but zeros: no mark says that it is a tar.
    await expect(readBytes('x.tar', await tar([]))).rejects.toMatchObject({
      code: 'GLIMPSE_DATASET_INVALID',
    });
  });
});

describe('classes that cannot be told', () => {
  it.each([
    ['one class only', ['cat/0.png', 'cat/1.png'], 'one class'],
    ['no class folder', ['0.png', '1.png'], 'nothing tells the classes'],
    ['folders in folders', ['old/cat/0.png', 'new/dog/1.png'], 'folders of folders'],
  ])('refuse the dataset: %s', async (_, names, reason) => {
    const [first, second] = await drawPictures(2);
    const files = { [`set/${names[0]}`]: first!.png, [`set/${names[1]}`]: second!.png };
    await expect(read(await folderWith(files), { uri: 'set', shape })).rejects.toMatchObject(
      refusal('GLIMPSE_DATASET_INVALID', reason),
    );
  });

  it('are bad rows when the request names the classes', async () => {
    const entries = [...(await goodEntries())];
    const bird = { name: 'bird/0.png', data: entries[0]!.data };
    const folder = await folderWith({ 'x.zip': zip([...entries, bird]) });
    const spec = { uri: 'x.zip', shape, classes: ['cat', 'dog'] };
    const { badRows } = await read(folder, spec, { maxBadRows: 1 });
    expect(badRows.rows).toEqual([
      { line: 1, entry: 'bird/0.png', reason: '"bird" is not one of the classes' },
    ]);
  });
});

describe('links in a folder', () => {
  it('that lead out of the allowed root refuse it; those inside are followed, once', async () => {
    const entries = await goodEntries();
    const outside = await folderWith(
      Object.fromEntries(entries.map(({ name, data }) => [`root/set/${name}`, data])),
    );
    const root = join(outside, 'root');
    await mkdir(join(root, 'more'));
    await writeFile(join(root, 'more/9.png'), entries[0]!.data);
    await symlink(join(root, 'more'), join(root, 'set/bird'));
    await symlink(join(root, 'set'), join(root, 'set/cat/again'));
    const { dataset } = await read(root, { uri: 'set', shape });
    expect(dataset.classes).toEqual(['bird', 'cat', 'dog']);
    await writeFile(join(outside, 'secret.png'), entries[0]!.data);
    await symlink(join(outside, 'secret.png'), join(root, 'set/cat/link.png'));
    await expect(read(root, { uri: 'set', shape })).rejects.toMatchObject({
      code: 'GLIMPSE_DATASET_FORBIDDEN',
    });
  });
});

describe('a manifest', () => {
  it('cannot name files outside, of other schemes, or that are not there', async () => {
    const [first, second] = await drawPictures(2);
    const paths = ['a.png', 'b.png', '../secret.png', '/etc/passwd', 'http://x/a.png', 'c.png', ''];
    const csv = paths.map((path, index) => `${path},${index % 2 ? 'cat' : 'dog'}`).join('\n');
    const outside = await folderWith({
      'secret.png': first!.png,
      'root/a.png': first!.png,
      'root/b.png': second!.png,
      'root/m.csv': `path,label\n${csv}`,
      'root/set/a.png': first!.png,
      'root/set/b.png': second!.png,
      'root/set/m.csv': `path,label\n${csv}`,
    });
    for (const uri of ['m.csv', 'set']) {
      const { badRows } = await read(join(outside, 'root'), { uri, shape }, { maxBadRows: 5 });
      expect(badRows.rows.map(({ line, reason }) => [line, reason])).toEqual([
        [4, expect.stringContaining('GLIMPSE_DATASET_FORBIDDEN')],
        [5, 'its path is not relative to the dataset'],
        [6, '"http:" is not read; give a path or s3://'],
        [7, 'there is no such file'],
        [8, 'it names no file'],
      ]);
    }
  });

  it('is refused when it tells no labels, or when several could be the one', async () => {
    const [first, second] = await drawPictures(2);
    const images = { 'a.png': first!.png, 'b.png': second!.png };
    const csv = 'path,label\na.png,cat\nb.png,dog\n';
    const folder = await folderWith({
      ...images,
      'm.csv': 'path,x,y\na.png,1,2\n',
      'set/one.csv': csv,
      'set/two.csv': csv,
      'set/a.png': first!.png,
    });
    await expect(read(folder, { uri: 'm.csv', shape })).rejects.toMatchObject(
      refusal('GLIMPSE_DATASET_INVALID', 'no column of labels'),
    );
    await expect(read(folder, { uri: 'set', shape })).rejects.toMatchObject(
      refusal('GLIMPSE_DATASET_INVALID', 'labelsUri'),
    );
  });
});
