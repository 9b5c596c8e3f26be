import { Readable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import {
  compressionOf,
  compressionOfFile,
  decompressFile,
  type Compression,
} from '../../../src/datasets/bytes/compressions.ts';
import { unpackBzip2 } from '../../../src/datasets/bytes/unpack-bzip2.ts';
import { unpackXz } from '../../../src/datasets/bytes/unpack-xz.ts';
import { createRandom } from '../../../src/random.ts';
import { bzip2 } from '../../support/bzip2.ts';
import { xz } from '../../support/xz.ts';
import { temporaryFolder } from '../dataset-files.ts';
import { allOf, canSeeOpenFiles, fileOnDisk, inPieces, timesOpen } from '../disk-files.ts';

const text = 'some rows, of which there are few';
const random = createRandom(3);
/** More than a ninth of what a block takes. */
const long = Buffer.from(Array.from({ length: 11_200 }, () => random.integer(256)));

const bunzip2 = async (packed: Buffer, size?: number): Promise<Buffer> =>
  Buffer.concat(await allOf(unpackBzip2(inPieces(packed, size))));
const unxz = (packed: Buffer): Promise<Buffer[]> =>
  allOf(unpackXz(Readable.from([packed], { objectMode: false })));
const unpacked = (path: string, compression: Compression | undefined): Promise<Buffer[]> =>
  allOf(decompressFile(path, compression).chunks);

describe('bzip2', () => {
  it('is unpacked whatever pieces it comes in, each member of it', async () => {
    const packed = Buffer.concat([bzip2(text), bzip2(''), bzip2(text)]);
    for (const size of [1, 3, 4, 5, packed.length]) {
      expect((await bunzip2(packed, size)).toString()).toBe(text + text);
    }
  });

  it('has blocks of 900,000 symbols, which runs of a byte make longer', async () => {
    expect((await bunzip2(bzip2(long))).equals(long)).toBe(true);
    const run = Buffer.alloc(250_000, 7);
    // Of the smallest level, which takes fewer symbols and less room.
    const packed = bzip2(run);
    packed[3] = '1'.charCodeAt(0);
    expect((await bunzip2(packed)).equals(run)).toBe(true);
  });

  it('is refused where it ends in a block or something follows it', async () => {
    const packed = bzip2(text);
    await expect(bunzip2(packed.subarray(0, 30))).rejects.toThrow('it ends in a block');
    for (const rest of ['B', 'BZ', 'BZh', 'BZh9', 'BZh91AY&SY']) {
      await expect(bunzip2(Buffer.concat([packed, Buffer.from(rest)])), rest).rejects.toThrow();
    }
  });

  it('is read as far as a block may need, and no further', async () => {
    let pulled = 0;
    async function* packed() {
      yield bzip2(text);
      for (; pulled < 20; pulled += 1) yield Buffer.alloc(256 * 1024);
    }
    for await (const block of unpackBzip2(packed())) {
      expect(block.toString()).toBe(text);
      break;
    }
    expect(pulled).toBeLessThan(5);
  });

  it('is nothing where there is nothing', async () => {
    expect(await bunzip2(bzip2(''))).toHaveLength(0);
  });
});

describe('xz', () => {
  it('is unpacked into pieces of some bytes each', async () => {
    const pieces = await unxz(Buffer.concat([xz(text), xz(''), xz(text)]));
    expect(Buffer.concat(pieces).toString()).toBe(text + text);
    expect(pieces.every(({ length }) => length > 0)).toBe(true);
    expect(await unxz(xz(''))).toEqual([]);
  });

  it('is refused by what it needs and is not read, else by what its decoder says', async () => {
    await expect(unxz(xz(text, { dictionary: 30 }))).rejects.toMatchObject({
      code: 'GLIMPSE_DATASET_INVALID',
      message: expect.stringContaining('dictionary is larger than 64 MiB'),
    });
    await expect(unxz(xz(text).subarray(0, 20))).rejects.not.toHaveProperty('code');
  });
});

describe('an xz file that is left before its end', () => {
  it('is let go of', async () => {
    const packed = Readable.from(inPieces(xz(Buffer.alloc(64 * 1024)), 1024));
    for await (const _ of unpackXz(packed)) break;
    expect(packed.destroyed).toBe(true);
  });
});

describe('a file that may be compressed', () => {
  it.skipIf(!canSeeOpenFiles)('is closed when it was looked at, read, or left', async () => {
    const { path } = await fileOnDisk(Buffer.alloc(600 * 1024));
    await compressionOfFile(path);
    expect(timesOpen(path)).toBe(0);
    for await (const _ of decompressFile(path, undefined).chunks) {
      expect(timesOpen(path)).toBe(1);
      break;
    }
    await expect.poll(() => timesOpen(path), { interval: 1 }).toBe(0);
    const { path: broken } = await fileOnDisk(Buffer.alloc(600 * 1024));
    await expect(unpacked(broken, 'bzip2')).rejects.toThrow('broken or cut off');
    await expect.poll(() => timesOpen(broken), { interval: 1 }).toBe(0);
  });

  it.each<[Compression | undefined, Buffer]>([
    [undefined, Buffer.from(text)],
    ['gzip', gzipSync(text)],
    ['gzip', Buffer.concat([gzipSync('some rows, '), gzipSync('of which there are few')])],
    ['bzip2', bzip2(text)],
    ['xz', xz(text)],
  ])('is read as what its first bytes say: %s', async (compression, packed) => {
    const { path } = await fileOnDisk(packed);
    expect(await compressionOfFile(path)).toBe(compression);
    const file = decompressFile(path, compression);
    expect(Buffer.concat(await allOf(file.chunks)).toString()).toBe(text);
    expect(file.packedBytes()).toBe(packed.length);
  });

  it('is read in pieces of 256 KiB', async () => {
    const zeros = Buffer.alloc(600 * 1024);
    const plain = await fileOnDisk(zeros);
    const packed = await fileOnDisk(gzipSync(zeros));
    const sizes = [262_144, 262_144, 90_112];
    expect((await unpacked(plain.path, undefined)).map(({ length }) => length)).toEqual(sizes);
    expect((await unpacked(packed.path, 'gzip')).map(({ length }) => length)).toEqual(sizes);
  });

  it.each<[Compression, Buffer]>([
    ['gzip', gzipSync(text)],
    ['bzip2', bzip2(text)],
    ['xz', xz(text)],
  ])('is refused where it is cut off: %s', async (compression, packed) => {
    const { path } = await fileOnDisk(packed.subarray(0, 25));
    await expect(unpacked(path, compression)).rejects.toMatchObject({
      code: 'GLIMPSE_DATASET_INVALID',
      message: expect.stringContaining(`its ${compression} stream is broken or cut off`),
    });
  });

  it('is refused with the reason where it is known', async () => {
    const { path } = await fileOnDisk(xz(text, { dictionary: 30 }));
    await expect(unpacked(path, 'xz')).rejects.toThrow('dictionary is larger than 64 MiB');
    await expect(unpacked(path, 'zstd')).rejects.toThrow('by zstd, which is not read');
  });

  it.each([undefined, 'gzip', 'bzip2', 'xz'] as const)(
    'is not refused for what the disk says: %s',
    async (compression) => {
      const path = `${await temporaryFolder()}/none`;
      const { chunks } = decompressFile(path, compression);
      // What happens before anybody listens ends no process.
      await setTimeout(5);
      await expect(allOf(chunks)).rejects.toMatchObject({ code: 'ENOENT' });
    },
  );
});

describe('the mark of a compression', () => {
  it.each([
    ['gzip', '1f8b0800', 'gzip'],
    ['xz', 'fd377a585a000004', 'xz'],
    ['zstd', '28b52ffd24', 'zstd'],
    ['bzip2 with a block', '425a6831314159265359', 'bzip2'],
    ['bzip2 of nothing', '425a6839177245385090', 'bzip2'],
    ['text that begins with BZh', Buffer.from('BZh9,label,1').toString('hex'), undefined],
    ['bzip2 of level 0', '425a6830314159265359', undefined],
    ['a mark of bzip2 that is not at the beginning', '00425a68313141592653', undefined],
    ['a part of a mark', 'fd377a585a', undefined],
    ['nothing', '', undefined],
  ])('is told by its first bytes: %s', (_, hex, compression) => {
    expect(compressionOf(Buffer.from(hex, 'hex'))).toBe(compression);
  });
});
