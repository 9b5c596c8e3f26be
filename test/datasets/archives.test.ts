import { readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { isArchive, openArchive } from '../../src/datasets/archives/open-archive.ts';
import { createSpoolFolder } from '../../src/datasets/bytes/spool-folder.ts';
import type { LocalCopy } from '../../src/datasets/source.ts';
import { tar, type TarEntry } from '../support/tar.ts';
import { zip } from '../support/zip.ts';
import { temporaryFolder } from './dataset-files.ts';

const limits = { maxEntries: 10, maxBytes: 1_000_000, maxRatio: 100 };
const mtime = new Date(0);

/** An archive on disk, opened, with the number of times the file was let go of. */
async function open(name: string, bytes: Uint8Array, signal?: AbortSignal) {
  const folder = await temporaryFolder();
  const path = join(folder, 'archive');
  await writeFile(path, bytes);
  const released: string[] = [];
  const copy: LocalCopy = { path, name, release: async () => void released.push(name) };
  const file = {
    name,
    size: bytes.length,
    read: async () => bytes,
    local: async () => copy,
  };
  const spool = createSpoolFolder(folder);
  const opening = openArchive(file, { limits, spool, signal });
  const spooled = () => readdir(join(folder, 'spool')).catch(() => []);
  return { opening, released, spooled, copy };
}

/** Why an archive is refused, which is let go of then; undefined for one that is opened, and closed. */
async function refusalOf(name: string, bytes: Uint8Array): Promise<unknown> {
  const { opening, released } = await open(name, bytes);
  const error: unknown = await opening.then(
    async (archive) => archive?.close(),
    (reason: unknown) => reason,
  );
  expect(released).toEqual([name]);
  return error;
}

const tarRefusal = async (entries: readonly TarEntry[], change = (bytes: Buffer) => bytes) =>
  refusalOf('x.tar', change(await tar(entries)));
const zipRefusal = (entries: Parameters<typeof zip>[0]) => refusalOf('x.zip', zip(entries));

const files: readonly TarEntry[] = [
  { name: 'b/', type: 'directory', mtime },
  { name: 'b/2.txt', data: 'two', mtime },
  { name: 'b/1.txt', data: 'one', mtime },
  { name: 'b/empty', data: '', mtime },
  { name: 'c.txt', data: 'x'.repeat(700), mtime },
];
const kinds: readonly [string, () => Promise<Buffer>][] = [
  ['x.tar', () => tar(files)],
  ['x.tar.gz', async () => gzipSync(await tar(files))],
  ['x.zip', async () => zip(files.map(({ name, data = '' }) => ({ name, data })))],
];

describe.each(kinds)('an archive: %s', (name, bytes) => {
  it('holds its files, sorted, whose bytes are read where they lie or copied', async () => {
    const { opening, released, spooled } = await open(name, await bytes());
    const archive = (await opening)!;
    expect(archive.files.map((file) => [file.name, file.size])).toEqual([
      ['b/1.txt', 3],
      ['b/2.txt', 3],
      ['b/empty', 0],
      ['c.txt', 700],
    ]);
    const before = (await spooled()).length;
    const contents = await Promise.all(
      archive.files.map(async (file) => Buffer.from(await file.read(700)).toString()),
    );
    expect(contents).toEqual(['one', 'two', '', 'x'.repeat(700)]);
    for (const [at, file] of archive.files.entries()) {
      const copy = await file.local();
      expect(copy.name).toBe(file.name);
      expect(await readFile(copy.path, 'utf8')).toBe(contents[at]);
      expect(await spooled()).toHaveLength(before + 1);
      await copy.release();
      await copy.release();
      await expect(stat(copy.path)).rejects.toThrow('ENOENT');
    }
    expect(released).toEqual([]);
    await archive.close();
    expect(released).toEqual([name]);
    await expect(archive.files[0]!.read(9)).rejects.toThrow();
  });

  it('gives no file that is too large, and stops on the signal', async () => {
    const { opening } = await open(name, await bytes());
    const archive = (await opening)!;
    const [one] = archive.files;
    expect(await one!.read(3)).toHaveLength(3);
    await expect(one!.read(2)).rejects.toMatchObject({
      code: 'GLIMPSE_DATASET_INVALID',
      message: expect.stringContaining('it has 3 bytes; at most 2 are read'),
    });
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(one!.read(3, signal)).rejects.toThrow('enough');
    await expect(one!.local(signal)).rejects.toMatchObject({ name: 'AbortError' });
    await archive.close();
  });

  it('is told by its bytes', async () => {
    const { opening, copy } = await open('x', await bytes());
    expect(await isArchive(copy)).toBe(true);
    await (await opening)!.close();
  });

  it('that is there twice in itself is let go of', async () => {
    const twice: readonly TarEntry[] = [files[1]!, files[1]!];
    const all =
      name === 'x.zip' ? zip(twice.map(({ name: of }) => ({ name: of }))) : await tar(twice);
    const { opening, released } = await open(name, name === 'x.tar.gz' ? gzipSync(all) : all);
    await expect(opening).rejects.toMatchObject({ code: 'GLIMPSE_ARCHIVE_UNSAFE' });
    expect(released).toEqual([name]);
  });
});

describe('what is no archive', () => {
  it.each([
    ['x.csv', 'a,b\n'],
    ['x.csv.gz', gzipSync('a,b\n')],
    ['x', ''],
    ['x', 'PK\u0003\u0005'],
  ])('is let go of, and left to others: %s', async (name, content) => {
    const { opening, released, copy } = await open(name, Buffer.from(content));
    expect(await opening).toBeUndefined();
    expect(released).toEqual([name]);
    expect(await isArchive(copy)).toBe(false);
  });

  it('is refused when it is called like one', async () => {
    const { opening, released } = await open('x\n.rar', Buffer.from('Rar!'));
    await expect(opening).rejects.toMatchObject({
      code: 'GLIMPSE_DATASET_INVALID',
      message: expect.stringContaining(String.raw`x\n.rar is not an archive that is read: .zip`),
    });
    expect(released).toEqual(['x\n.rar']);
  });
});

describe('a tar', () => {
  const one = { name: 'a', data: 'x', mtime };

  it('has files, folders and nothing else', async () => {
    const plain = [
      { name: 'a/', type: 'directory' as const },
      { ...one, type: 'contiguous-file' as const },
    ];
    expect(await tarRefusal(plain)).toBeUndefined();
    const { opening } = await open('x.tar', await tar([one, { name: 'old/', type: 'file' }]));
    const old = (await opening)!;
    expect(old.files.map((file) => file.name)).toEqual(['a']);
    await old.close();
    expect(await tarRefusal([{ name: 'l/', type: 'symlink', linkname: 'a' }])).toMatchObject({
      code: 'GLIMPSE_ARCHIVE_UNSAFE',
    });
    for (const [type, reason] of [
      ['link', 'it is a hard link'],
      ['symlink', 'it is a symbolic link'],
      ['character-device', 'it is a device'],
      ['block-device', 'it is a device'],
      ['fifo', 'it is a pipe'],
    ] as const) {
      expect(await tarRefusal([{ name: 'l', type, linkname: 'a' }])).toMatchObject({
        code: 'GLIMPSE_ARCHIVE_UNSAFE',
        message: expect.stringContaining(reason),
      });
    }
    const rare = await tarRefusal([one], (bytes) => {
      bytes[156] = 'S'.charCodeAt(0);
      // The sum of the header's bytes, with blanks in its place.
      bytes.fill(' ', 148, 156);
      const sum = bytes.subarray(0, 512).reduce((all, byte) => all + byte, 0);
      bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
      return bytes;
    });
    expect(rare).toMatchObject({
      code: 'GLIMPSE_ARCHIVE_UNSAFE',
      message: expect.stringContaining('it is of a kind that is not read'),
    });
  });

  it('ends with two blocks of zeros', async () => {
    const cutOff = {
      code: 'GLIMPSE_DATASET_INVALID',
      message: expect.stringContaining('TAR: it is cut off before its end mark'),
    };
    expect(await tarRefusal([one], (bytes) => bytes.subarray(0, -1024))).toMatchObject(cutOff);
    const folder = { name: 'a/', type: 'directory' as const };
    expect(await tarRefusal([folder], (bytes) => bytes.subarray(0, 512))).toMatchObject(cutOff);
    expect(await tarRefusal([folder], (bytes) => bytes.subarray(0, 1024))).toBeUndefined();
  });

  it('is refused for a header that is broken, and by its limits', async () => {
    const broken = await tarRefusal([one], (bytes) => {
      bytes[150]! ^= 7;
      return bytes;
    });
    expect(broken).toMatchObject({
      code: 'GLIMPSE_DATASET_INVALID',
      message: expect.stringContaining('TAR: '),
    });
    const many = Array.from({ length: 11 }, (_, at) => ({ name: String(at) }));
    expect(await tarRefusal(many)).toMatchObject({ code: 'GLIMPSE_ARCHIVE_TOO_LARGE' });
  });

  it('that is cut off while it is read gives no file', async () => {
    const { opening, copy } = await open('x.tar', await tar(files));
    const archive = (await opening)!;
    await truncate(copy.path, 4000);
    await expect(archive.files.at(-1)!.read(700)).rejects.toMatchObject({
      code: 'GLIMPSE_DATASET_INVALID',
      message: expect.stringContaining('TAR: it is cut off'),
    });
    await archive.close();
  });

  it('stops on the signal while it is listed', async () => {
    const { opening } = await open('x.tar', await tar([one]), AbortSignal.abort());
    await expect(opening).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('a zip', () => {
  it.each([
    [0o120777, 'it is a symbolic link'],
    [0o020644, 'it is a device'],
    [0o060644, 'it is a device'],
    [0o010644, 'it is a pipe'],
    [0o140644, 'it is a socket'],
  ])('has files and folders: %o is not one', async (mode, reason) => {
    expect(await zipRefusal([{ name: 'a', mode }])).toMatchObject({
      code: 'GLIMPSE_ARCHIVE_UNSAFE',
      message: expect.stringContaining(reason),
    });
  });

  it('has entries that can be read', async () => {
    expect(await zipRefusal([])).toBeUndefined();
    expect(await zipRefusal([{ name: 'a', mode: 0 }])).toBeUndefined();
    expect(await zipRefusal([{ name: '../a' }])).toMatchObject({ code: 'GLIMPSE_ARCHIVE_UNSAFE' });
    expect(await zipRefusal([{ name: 'a', encrypted: true }])).toMatchObject({
      message: expect.stringContaining('ZIP: a is encrypted'),
    });
    expect(await zipRefusal([{ name: 'a', method: 12 }])).toMatchObject({
      message: expect.stringContaining('ZIP: a is packed by method 12; stored and deflated'),
    });
  });

  it.each([
    [0, 'a/b'],
    [6, 'a/b'],
    [10, 'a/b'],
    [3, undefined],
  ])('of the system %d: a backslash in a name parts folders: %s', async (host, name) => {
    const { opening } = await open('x.zip', zip([{ name: String.raw`a\b`, host }]));
    if (name === undefined) {
      await expect(opening).rejects.toThrow('backslash');
      return;
    }
    const archive = (await opening)!;
    expect(archive.files.map((file) => file.name)).toEqual([name]);
    await archive.close();
  });

  it('is refused where bytes are not those that were packed', async () => {
    const { opening } = await open('x.zip', zip([{ name: 'a', data: 'x', crc: 1 }]));
    const archive = (await opening)!;
    const [file] = archive.files;
    for (const reading of [file!.read(9), file!.local()]) {
      await expect(reading).rejects.toMatchObject({
        code: 'GLIMPSE_DATASET_INVALID',
        message: expect.stringContaining('its bytes are damaged (CRC)'),
      });
    }
    await archive.close();
    const larger = await open('x.zip', zip([{ name: 'a', data: 'xyz', declaredSize: 2 }]));
    const other = (await larger.opening)!;
    for (const reading of [other.files[0]!.read(9), other.files[0]!.local()]) {
      await expect(reading).rejects.toMatchObject({
        code: 'GLIMPSE_DATASET_INVALID',
        message: expect.stringContaining('ZIP: '),
      });
    }
    await other.close();
    const central = zip([{ name: 'a', data: 'x' }]);
    central.writeUInt8(0, central.indexOf('PK\u0001\u0002'));
    const unlisted = await open('x.zip', central);
    await expect(unlisted.opening).rejects.toThrow('ZIP: ');
    const broken = await open('x.zip', Buffer.from('PK\u0003\u0004 and nothing'));
    await expect(broken.opening).rejects.toThrow('ZIP: ');
  });
});
