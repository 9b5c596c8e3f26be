import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { fromBufferPromise } from 'yauzl';
import { storedZip } from '../../src/exporting/stored-zip.ts';
import { temporaryFolder, writeInto } from '../support/temporary-folder.ts';

async function bytesOf(zip: ReturnType<typeof storedZip>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of zip.write()) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** Name -> content, as another library reads them, which checks lengths and sums. */
async function read(bytes: Buffer): Promise<Record<string, string>> {
  const zip = await fromBufferPromise(bytes);
  const found: Record<string, string> = {};
  for await (const entry of zip.eachEntry()) {
    found[entry.fileName] = await text(await zip.openReadStreamPromise(entry));
  }
  return found;
}

describe('a zip whose length is known before', () => {
  it('has bytes and files of this machine under their names, and is as long as it said', async () => {
    const file = await writeInto(await temporaryFolder(), 'a.txt', 'from a file');
    const members = [
      { name: 'golden/ä.txt', size: 11, body: { file } },
      { name: 'empty', size: 0, body: new Uint8Array() },
      { name: 'manifest.json', size: 2, body: Buffer.from('{}') },
    ];
    const zip = storedZip(members);
    const bytes = await bytesOf(zip);
    expect(bytes).toHaveLength(zip.size);
    const found = { 'golden/ä.txt': 'from a file', empty: '', 'manifest.json': '{}' };
    expect(await read(bytes)).toEqual(found);
    expect(await bytesOf(storedZip(members))).toEqual(bytes);
  });

  it('breaks off where a file has not the length that it was said to have', async () => {
    const file = await writeInto(await temporaryFolder(), 'a.txt', 'longer by now');
    const zip = storedZip([{ name: 'a.txt', size: 3, body: { file } }]);
    await expect(bytesOf(zip)).rejects.toThrow('changed its length');
  });

  it('is refused where it would need lengths of 64 bits', () => {
    const huge = { name: 'a', size: 2 ** 32, body: new Uint8Array() };
    expect(() => storedZip([huge])).toThrow(
      expect.objectContaining({ code: 'GLIMPSE_EXPORT_UNSUPPORTED' }),
    );
  });
});
