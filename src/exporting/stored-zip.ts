import { createReadStream } from 'node:fs';
import { crc32 } from 'node:zlib';
import { cannotExport } from './cannot-export.ts';

/** A file of a ZIP archive: bytes, or a file of this machine that is read when its turn comes. */
export interface ZipMember {
  readonly name: string;
  readonly size: number;
  readonly body: Uint8Array | { readonly file: string };
}

/** An archive whose length is known before it is written. */
export interface StoredZip {
  readonly size: number;
  /** Its bytes, in pieces; nothing is held but the piece that is written. */
  write(): AsyncGenerator<Uint8Array>;
}

const localHead = 30;
const centralHead = 46;
const endSize = 22;
/** Beyond, lengths need ZIP64, which not every reader has. */
const largest = 2 ** 32 - 1;

/**
 * A ZIP archive whose files are stored as they are: weights do not get smaller, and its length is told before. The same
 * files make the same bytes.
 */
export function storedZip(members: readonly ZipMember[]): StoredZip {
  const names = members.map(({ name }) => Buffer.byteLength(name));
  const size = members.reduce(
    (sum, member, place) => sum + localHead + centralHead + 2 * names[place]! + member.size,
    endSize,
  );
  if (size > largest || members.length > 65_535) {
    throw cannotExport('a zip of its files would have more than 4 GiB');
  }
  return { size, write: () => writeZip(members) };
}

async function* writeZip(members: readonly ZipMember[]): AsyncGenerator<Uint8Array> {
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, size, body } of members) {
    let crc = 0;
    for await (const piece of piecesOf(body)) crc = crc32(piece, crc);
    const common = commonFields(name, size, crc);
    const local = Buffer.concat([signature(0x04034b50), common, Buffer.from(name)]);
    yield local;
    let written = 0;
    for await (const piece of piecesOf(body)) {
      written += piece.length;
      yield piece;
    }
    if (written !== size) throw new Error(`${name} changed its length while it was read`);
    directory.push(centralRecord(common, name, offset));
    offset += local.length + size;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(endSize);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(members.length, 8);
  end.writeUInt16LE(members.length, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(offset, 16);
  yield central;
  yield end;
}

/** What the head of a file and its entry in the directory have in common, behind their own beginning. */
function commonFields(name: string, size: number, crc: number): Buffer {
  const fields = Buffer.alloc(26);
  // Version 2.0, names in UTF-8, stored; the first day that the format knows, so that no clock is in the bytes.
  fields.writeUInt16LE(20, 0);
  fields.writeUInt16LE(0x800, 2);
  fields.writeUInt16LE(0x21, 8);
  fields.writeUInt32LE(crc, 10);
  fields.writeUInt32LE(size, 14);
  fields.writeUInt32LE(size, 18);
  fields.writeUInt16LE(Buffer.byteLength(name), 22);
  return fields;
}

function centralRecord(common: Buffer, name: string, offset: number): Buffer {
  const tail = Buffer.alloc(14);
  // An ordinary file that its owner may write.
  tail.writeUInt32LE((0o100644 << 16) >>> 0, 6);
  tail.writeUInt32LE(offset, 10);
  // Made on Unix, so that the mode counts.
  const madeBy = Buffer.from([20, 3]);
  return Buffer.concat([signature(0x02014b50), madeBy, common, tail, Buffer.from(name)]);
}

function signature(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value, 0);
  return bytes;
}

async function* piecesOf(body: ZipMember['body']): AsyncGenerator<Uint8Array> {
  if (body instanceof Uint8Array) yield body;
  else yield* createReadStream(body.file, { highWaterMark: 256 * 1024 });
}
