import { crc32, deflateRawSync } from 'node:zlib';

/** ZIP files written by hand, so that a test can also write those that no honest tool would. */
export interface ZipEntry {
  readonly name: string;
  readonly data?: Uint8Array | string;
  /** Stored instead of deflated. */
  readonly stored?: boolean;
  /** Unix mode, as in `ls -l`: 0o120777 is a symbolic link. */
  readonly mode?: number;
  readonly encrypted?: boolean;
  readonly method?: number;
  /** What the directory claims instead of the truth. */
  readonly declaredSize?: number;
  readonly crc?: number;
  /** The system of its writer: 3 is Unix, 0 is FAT. */
  readonly host?: number;
  /** Sizes and place in an extra field of ZIP64, as writers do that do not know them before. */
  readonly zip64?: boolean;
}

export function zip(entries: readonly ZipEntry[]): Buffer {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const entry of entries) {
    const { local, central } = records(entry, offset);
    locals.push(local);
    directory.push(central);
    offset += local.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, central, end]);
}

function records(entry: ZipEntry, offset: number): { local: Buffer; central: Buffer } {
  const data = Buffer.from(entry.data ?? '');
  const method = entry.method ?? (entry.stored ? 0 : 8);
  const packed = method === 8 ? deflateRawSync(data) : data;
  const name = Buffer.from(entry.name);
  const common = Buffer.alloc(26);
  common.writeUInt16LE(20, 0);
  common.writeUInt16LE(0x800 | (entry.encrypted ? 1 : 0), 2);
  common.writeUInt16LE(method, 4);
  common.writeUInt32LE(entry.crc ?? crc32(data), 10);
  common.writeUInt32LE(packed.length, 14);
  common.writeUInt32LE(entry.declaredSize ?? data.length, 18);
  common.writeUInt16LE(name.length, 22);
  const tail = Buffer.alloc(14);
  tail.writeUInt32LE(((entry.mode ?? 0o100644) << 16) >>> 0, 6);
  tail.writeUInt32LE(offset, 10);
  const local = Buffer.concat([signature(0x04034b50), common, name, packed]);
  const extra = entry.zip64 ? zip64Extra(common, tail) : Buffer.alloc(0);
  // By "version made by" the mode counts.
  const madeBy = Buffer.from([entry.zip64 ? 45 : 20, entry.host ?? 3]);
  const head = [signature(0x02014b50), madeBy, common, tail, name, extra];
  return { local, central: Buffer.concat(head) };
}

/** Moves the sizes and the place of a directory entry into the extra field that it returns. */
function zip64Extra(common: Buffer, tail: Buffer): Buffer {
  const extra = Buffer.alloc(28);
  extra.writeUInt16LE(1, 0);
  extra.writeUInt16LE(24, 2);
  extra.writeBigUInt64LE(BigInt(common.readUInt32LE(18)), 4);
  extra.writeBigUInt64LE(BigInt(common.readUInt32LE(14)), 12);
  extra.writeBigUInt64LE(BigInt(tail.readUInt32LE(10)), 20);
  common.writeUInt32LE(0xffffffff, 14);
  common.writeUInt32LE(0xffffffff, 18);
  tail.writeUInt32LE(0xffffffff, 10);
  common.writeUInt16LE(extra.length, 24);
  return extra;
}

function signature(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
