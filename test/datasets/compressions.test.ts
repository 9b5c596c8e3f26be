import { Readable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { unpackXz } from '../../src/datasets/bytes/unpack-xz.ts';
import { bzip2 } from '../support/bzip2.ts';
import { tar } from '../support/tar.ts';
import { xz } from '../support/xz.ts';
import { zip } from '../support/zip.ts';
import { idx, read, readText, type ReadOptions } from './dataset-files.ts';
import { asCsv, drawPictures, folderWith, nameOf, pictureShape as shape } from './pictures.ts';

const compressions = [
  ['gzip', 'gz', gzipSync],
  ['bzip2', 'bz2', bzip2],
  ['xz', 'xz', xz],
] as const;

/** Twelve 2x2 examples, as the tools of the field compressed them. */
const csv = Array.from({ length: 12 }, (_, row) =>
  [row % 2 ? 'b' : 'a', row, 255 - row, (row * 7) % 256, 200].join(','),
);
const text = csv.map((line) => `${line}\n`).join('');
const byTools = {
  'bzip2 1.0.8':
    'QlpoOTFBWSZTWSPGQi8AAFRZAAAQAAR/4DAAIABoRT8qeTaU/U1BgVHpDIYjy+6AiyFW3D3ui65S4lmZgZbcuX9LNmgDzPXnxBkiOmyQV4xVK+iEpuWguqLEGhUwlwA/i7kinChIEeMhF4A=',
  'xz 5.4.1 -9e':
    '/Td6WFoAAATm1rRGAgAhARwAAAAQz1jM4ACzAFddADCLAgLdX90VqEN/KkZ2goH9QX/3D/GQS0ihS8cGZoFU3psO9ENTeB1Ilmn37024JJsqkXI/JDdAnXr+P6LcDqktLh93AQmk2P4eHpXyvzfeyNzEKjOieAAAHhnHROhkvb0AAXO0AQAAAANiGBOxxGf7AgAAAAAEWVo=',
  'xz 5.4.1 -T2':
    '/Td6WFoAAATm1rRGBMBftAEhARYAAAAAAAAAAGwdbEbgALMAV10AMIsCAt1f3RWoQ38qRnaCgf1Bf/cP8ZBLSKFLxwZmgVTemw70Q1N4HUiWaffvTbgkmyqRcj8kN0Cdev4/otwOqS0uH3cBCaTY/h4elfK/N97I3MQqM6J4AAAeGcdE6GS9vQABe7QBAAAAbuBL/7HEZ/sCAAAAAARZWg==',
};
const byZstd =
  'KLUv/SS0xQIA4kYPDsCnA/5/3YSIbHKRcGAWgGiPMblrXG6qIBbcRfTBTQon3GO8cIuGqbtkVzdrrzuwDt3bjNldH0C06XbTJgqgEL4c2ndQI10cmSXL5Xw2B+cA5kfLdtDf1Jg=';

async function digestOf(
  files: Parameters<typeof folderWith>[0],
  uri: string,
  spec = {},
  options: ReadOptions = {},
): Promise<string> {
  return (await read(await folderWith(files), { uri, ...spec }, options)).dataset.digest;
}

const expected = async (): Promise<string> => (await readText('rows.csv', text)).dataset.digest;

describe('a compressed file', () => {
  it.each(Object.entries(byTools))('is read as its tool wrote it: %s', async (_, base64) => {
    expect(await digestOf({ rows: Buffer.from(base64, 'base64') }, 'rows')).toBe(await expected());
  });

  it.each(compressions)(
    'is known by its bytes, whatever it is called: %s',
    async (_, end, pack) => {
      const packed = pack(text);
      for (const name of [`rows.csv.${end}`, 'rows.csv', 'rows', 'rows.csv.gz', 'rows.csv.bz2']) {
        expect(await digestOf({ [name]: packed }, name)).toBe(await expected());
      }
    },
  );

  it.each(compressions)('may be of any form: %s', async (_, end, pack) => {
    const rows = csv.map((line) => {
      const [label, ...pixels] = line.split(',');
      return JSON.stringify({ label, pixels: pixels.map(Number) });
    });
    const json = { 'rows.json': pack(`[${rows.join(',')}]`), 'rows.ndjson': pack(rows.join('\n')) };
    for (const name of ['rows.json', 'rows.ndjson']) {
      expect(await digestOf(json, name), name).toBe(await expected());
    }
    const images = pack(idx([3, 1, 2], Uint8Array.of(1, 2, 3, 4, 5, 250)));
    const labels = pack(idx([3], Uint8Array.of(0, 1, 0)));
    const pair = {
      [`a-images-idx3-ubyte.${end}`]: images,
      [`a-labels-idx1-ubyte.${end}`]: labels,
    };
    const plain = await readText('a.csv', '0,1,2\n1,3,4\n0,5,250\n', {
      shape: { width: 2, height: 1, channels: 1 },
    });
    expect(await digestOf(pair, `a-images-idx3-ubyte.${end}`)).toBe(plain.dataset.digest);
    expect(await digestOf(pair, '.')).toBe(plain.dataset.digest);
  });

  it.each(compressions)('may be a part of several: %s', async (_, end, pack) => {
    const parts = {
      [`part-0.csv.${end}`]: pack(text.slice(0, text.indexOf('b,3'))),
      [`part-1.csv.${end}`]: pack(text.slice(text.indexOf('b,3'))),
    };
    expect(await digestOf(parts, '.')).toBe(await expected());
  });

  it.each(compressions)('may be several, one after the other: %s', async (_, end, pack) => {
    const [head, tail] = [text.slice(0, 50), text.slice(50)];
    const packed = Buffer.concat([pack(head), pack(tail), pack('')]);
    expect(await digestOf({ [`rows.csv.${end}`]: packed }, `rows.csv.${end}`)).toBe(
      await expected(),
    );
  });

  it.each(compressions)('may be a tar: %s', async (_, end, pack) => {
    const pictures = await drawPictures(4);
    const entries = pictures.map((one, index) => ({ name: nameOf(one, index), data: one.png }));
    const archive = pack(await tar(entries));
    const rows = (await readText('rows.csv', asCsv(pictures))).dataset.digest;
    for (const name of [`set.tar.${end}`, 'set', 'set.zip']) {
      expect(await digestOf({ [name]: archive }, name, { shape }), name).toBe(rows);
    }
  });
});

describe('zstd', () => {
  it.each(['rows.csv.zst', 'rows.csv', 'x.tar.zst'])('is refused by name: %s', async (name) => {
    const packed = Buffer.from(byZstd, 'base64');
    await expect(readText(name, packed)).rejects.toMatchObject({
      code: 'GLIMPSE_DATASET_INVALID',
      message: expect.stringContaining('it is compressed by zstd, which is not read'),
    });
  });
});

describe('a compressed file that is broken', () => {
  const wholes = [
    ['bzip2', bzip2(text)],
    ['xz', xz(text)],
    ['bzip2', Buffer.from(byTools['bzip2 1.0.8'], 'base64')],
    ['xz', Buffer.from(byTools['xz 5.4.1 -T2'], 'base64')],
  ] as const;

  it.each(wholes)('is refused wherever it is cut off: %s', async (name, whole) => {
    for (let length = 12; length < whole.length; length += 9) {
      await expect(readText('rows', whole.subarray(0, length)), `${length}`).rejects.toMatchObject({
        code: 'GLIMPSE_DATASET_INVALID',
        message: `The dataset cannot be read: its ${name} stream is broken or cut off`,
      });
    }
  });

  it.each(wholes)('is refused wherever a bit has changed: %s', async (_, whole) => {
    for (let at = 12; at < whole.length; at += 11) {
      const damaged = Buffer.from(whole);
      damaged[at]! ^= 0x10;
      await expect(readText('rows', damaged), `${at}`).rejects.toMatchObject({
        code: 'GLIMPSE_DATASET_INVALID',
        message: expect.stringMatching(/stream is broken or cut off|filters or a check/),
      });
    }
  });

  it.each([
    ['bzip2', bzip2],
    ['xz', xz],
  ])('is refused when something else follows it: %s', async (name, pack) => {
    const packed = Buffer.concat([pack(text), Buffer.from('and more')]);
    await expect(readText('rows', packed)).rejects.toThrow(`its ${name} stream is broken`);
  });
});

describe('a compressed file that unpacks to too much', () => {
  /** Forty kilobytes of a line that is there for ever; the encoder of bzip2 here sorts slowly. */
  const bomb = 'a,0,0,0,0\n'.repeat(4000);

  it.each(compressions)('is refused at its limit: %s', async (_, end, pack) => {
    await expect(
      readText(`rows.csv.${end}x`, pack(bomb), { format: 'csv' }, { limits: { maxBytes: 30_000 } }),
    ).rejects.toMatchObject({
      code: 'GLIMPSE_DATASET_INVALID',
      message: expect.stringContaining('more than 30000 bytes (GLIMPSE_MAX_DATASET_BYTES)'),
    });
  });

  it.each(compressions)('is refused when it is a tar: %s', async (_, end, pack) => {
    const archive = pack(await tar([{ name: 'a/x.png', data: bomb.slice(0, 20_000) }]));
    await expect(
      digestOf(
        { [`x.tar.${end}`]: archive },
        `x.tar.${end}`,
        { shape },
        { limits: { maxBytes: 5000 } },
      ),
    ).rejects.toMatchObject({
      code: 'GLIMPSE_ARCHIVE_TOO_LARGE',
      message: expect.stringContaining('GLIMPSE_MAX_DATASET_BYTES'),
    });
  });

  it.each(compressions.slice(1))(
    'is refused by its ratio when it is a tar: %s',
    async (_, end, pack) => {
      const [head, zeros] = [
        await tar([{ name: 'a/x.png', data: 'x' }]),
        pack(Buffer.alloc(65_536)),
      ];
      const archive = Buffer.concat([pack(head), ...Array.from({ length: 70 }, () => zeros)]);
      const limits = { maxRatio: archive.length < 65_536 ? 100 : 0.9 };
      await expect(
        digestOf({ [`x.tar.${end}`]: archive }, `x.tar.${end}`, { shape }, { limits }),
      ).rejects.toMatchObject({
        code: 'GLIMPSE_ARCHIVE_TOO_LARGE',
        message: expect.stringContaining('GLIMPSE_MAX_ARCHIVE_RATIO'),
      });
    },
  );

  it('is refused when its dictionary would take more than 64 MiB', async () => {
    expect(await digestOf({ rows: xz(text, { dictionary: 28 }) }, 'rows')).toBe(await expected());
    await expect(readText('rows', xz(text, { dictionary: 29 }))).rejects.toThrow(
      'its xz dictionary is larger than 64 MiB',
    );
  });
});

describe('an xz file that is left before its end', () => {
  it('takes no more of what is still being read', async () => {
    const packed = xz(Buffer.alloc(256 * 1024));
    const pieces = Array.from({ length: 64 }, (_, at) =>
      packed.subarray(at * 4096, (at + 1) * 4096),
    );
    const uncaught: unknown[] = [];
    const onUncaught = (error: unknown) => uncaught.push(error);
    process.on('uncaughtException', onUncaught);
    try {
      const unpacked = unpackXz(Readable.from(pieces, { objectMode: false }));
      for await (const chunk of unpacked) if (chunk.length > 0) break;
      await setTimeout(5);
    } finally {
      process.off('uncaughtException', onUncaught);
    }
    expect(uncaught).toEqual([]);
  });
});

const files = async () => {
  const pictures = await drawPictures(4);
  return pictures.map((one, index) => ({ name: nameOf(one, index), data: one.png }));
};

const asRows = async () =>
  (await readText('rows.csv', asCsv(await drawPictures(4)))).dataset.digest;

describe('a ZIP file', () => {
  it('of Windows PowerShell 5 parts its folders by backslashes', async () => {
    const entries = (await files()).map(({ name, data }) => ({
      name: `set\\${name.replaceAll('/', '\\')}`,
      data,
      host: 0,
      mode: 0,
    }));
    const folder = { name: 'set\\empty\\', stored: true, host: 0, mode: 0 };
    expect(await digestOf({ 'x.zip': zip([...entries, folder]) }, 'x.zip', { shape })).toBe(
      await asRows(),
    );
  });

  it.each(['..\\x.png', 'cat\\..\\..\\x.png', '\\x.png', 'C:\\x.png'])(
    'of Windows cannot leave its folder either: %s',
    async (name) => {
      const entries = [...(await files()), { name, data: 'x', host: 0, mode: 0 }];
      await expect(digestOf({ 'x.zip': zip(entries) }, 'x.zip', { shape })).rejects.toMatchObject({
        code: 'GLIMPSE_ARCHIVE_UNSAFE',
      });
    },
  );

  it('may be ZIP64', async () => {
    const entries = (await files()).map((entry) => ({ ...entry, zip64: true }));
    expect(await digestOf({ 'x.zip': zip(entries) }, 'x.zip', { shape })).toBe(await asRows());
  });
});
