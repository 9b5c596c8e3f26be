/**
 * Writes an HDF5 file of groups and float32 tensors, the form in which Keras keeps weights: the oldest and simplest of
 * the format's structures, which every reader has (https://docs.hdfgroup.org/hdf5/develop/_f_m_t3.html, version 0).
 */
export interface H5Group {
  readonly members: ReadonlyMap<string, H5Group | H5Tensor>;
}

export interface H5Tensor {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

const superblockBytes = 96;
const undefinedAddress = 0xffff_ffff_ffff_ffffn;
/** Of a node of the tree of a group; with one leaf below it, its size matters to readers only. */
const treeRank = 16;
/** A name at the very beginning of a heap is empty. */
const firstNameAt = 8;

/** The bytes of the file. */
export function hdf5File(root: H5Group): Uint8Array {
  const space = createSpace();
  const leafRank = Math.max(4, Math.ceil(mostMembers(root) / 2));
  const entry = writeGroup(space, root, leafRank);
  return space.finish(superblock(entry, leafRank, space.end()));
}

/** Where an object lies, as its group tells it. */
interface Entry {
  readonly header: bigint;
  /** Of a group: its tree and the heap of its names. */
  readonly group?: { readonly tree: bigint; readonly heap: bigint };
}

interface Space {
  /** Puts bytes at the end of the file, at an address that every type may have. */
  put(bytes: Buffer): bigint;
  end(): bigint;
  finish(superblock: Buffer): Buffer<ArrayBuffer>;
}

function createSpace(): Space {
  const pieces: Buffer[] = [];
  let end = superblockBytes;
  return {
    put(bytes) {
      const at = end;
      const padded = padTo8(bytes);
      pieces.push(padded);
      end += padded.length;
      return BigInt(at);
    },
    end: () => BigInt(end),
    finish: (head) => Buffer.concat([head, ...pieces]),
  };
}

function mostMembers({ members }: H5Group): number {
  const groups = [...members.values()].filter((member) => 'members' in member);
  return Math.max(members.size, ...groups.map(mostMembers));
}

function writeGroup(space: Space, { members }: H5Group, leafRank: number): Entry {
  // Readers look for names by halving.
  const names = [...members.keys()].toSorted((a, b) =>
    Buffer.compare(Buffer.from(a), Buffer.from(b)),
  );
  const entries = names.map((name) => writeObject(space, members.get(name)!, leafRank));
  const { heap, offsets } = writeHeap(space, names);
  const tree = space.put(treeNode(space, entries, offsets, leafRank));
  const header = space.put(objectHeader([message(0x11, addresses(tree, heap))]));
  return { header, group: { tree, heap } };
}

function writeObject(space: Space, object: H5Group | H5Tensor, leafRank: number): Entry {
  if ('members' in object) return writeGroup(space, object, leafRank);
  const { shape, values } = object;
  const data = Buffer.alloc(values.byteLength);
  values.forEach((value, place) => data.writeFloatLE(value, place * 4));
  const at = space.put(data);
  const layout = Buffer.concat([Buffer.of(3, 1), addresses(at, BigInt(data.length))]);
  const dimensions = addresses(...shape.map(BigInt));
  return {
    header: space.put(
      objectHeader([
        message(0x01, Buffer.concat([Buffer.of(1, shape.length, 0, 0, 0, 0, 0, 0), dimensions])),
        message(0x03, float32Type()),
        // No value of its own for what was never written.
        message(0x05, Buffer.of(2, 2, 2, 0)),
        message(0x08, layout),
      ]),
    ),
  };
}

function float32Type(): Buffer {
  const bytes = Buffer.alloc(20);
  // Version 1 of class 1; little-endian, its leading bit implied, its sign in bit 31; four bytes.
  bytes.set([0x11, 0x20, 31, 0, 4], 0);
  bytes.writeUInt16LE(32, 10);
  bytes.set([23, 8, 0, 23], 12);
  bytes.writeUInt32LE(127, 16);
  return bytes;
}

/** The names of a group; where each begins is counted from the first byte of the heap's data. */
function writeHeap(space: Space, names: readonly string[]): { heap: bigint; offsets: number[] } {
  const offsets: number[] = [];
  const parts: Buffer[] = [Buffer.alloc(firstNameAt)];
  let at = firstNameAt;
  for (const name of names) {
    const bytes = padTo8(Buffer.from(`${name}\0`));
    offsets.push(at);
    parts.push(bytes);
    at += bytes.length;
  }
  const data = Buffer.concat(parts);
  const dataAt = space.put(data);
  // The second length is where free space begins: one, for none.
  const lengths = addresses(BigInt(data.length), 1n, dataAt);
  return { heap: space.put(Buffer.concat([Buffer.from('HEAP\0\0\0\0'), lengths])), offsets };
}

/** A tree of one node over one leaf, however many names there are: the leaves are made large enough. */
function treeNode(
  space: Space,
  entries: readonly Entry[],
  offsets: readonly number[],
  leafRank: number,
): Buffer {
  const node = Buffer.alloc(24 + (2 * treeRank + 1) * 8 + 2 * treeRank * 8);
  node.write('TREE');
  addresses(undefinedAddress, undefinedAddress).copy(node, 8);
  if (entries.length === 0) return node;
  const leaf = Buffer.alloc(8 + 2 * leafRank * 40);
  leaf.write('SNOD\x01');
  leaf.writeUInt16LE(entries.length, 6);
  for (const [place, entry] of entries.entries()) {
    symbolEntry(BigInt(offsets[place]!), entry).copy(leaf, 8 + place * 40);
  }
  node.writeUInt16LE(1, 6);
  addresses(0n, space.put(leaf), BigInt(offsets.at(-1)!)).copy(node, 24);
  return node;
}

function symbolEntry(nameAt: bigint, { header, group }: Entry): Buffer {
  const cacheType = Buffer.alloc(8);
  cacheType.writeUInt32LE(group ? 1 : 0, 0);
  const { tree, heap } = group ?? { tree: 0n, heap: 0n };
  return Buffer.concat([addresses(nameAt, header), cacheType, addresses(tree, heap)]);
}

function objectHeader(messages: readonly Buffer[]): Buffer {
  const body = Buffer.concat(messages);
  const prefix = Buffer.alloc(16);
  prefix.writeUInt8(1, 0);
  prefix.writeUInt16LE(messages.length, 2);
  prefix.writeUInt32LE(1, 4);
  prefix.writeUInt32LE(body.length, 8);
  return Buffer.concat([prefix, body]);
}

function message(type: number, data: Buffer): Buffer {
  const body = padTo8(data);
  const head = Buffer.alloc(8);
  head.writeUInt16LE(type, 0);
  head.writeUInt16LE(body.length, 2);
  return Buffer.concat([head, body]);
}

function superblock(root: Entry, leafRank: number, end: bigint): Buffer {
  const head = Buffer.alloc(24);
  head.write('\x89HDF\r\n\x1a\n', 'latin1');
  // Addresses and lengths have eight bytes each.
  head.set([8, 8], 13);
  head.writeUInt16LE(leafRank, 16);
  head.writeUInt16LE(treeRank, 18);
  const places = addresses(0n, undefinedAddress, end, undefinedAddress);
  return Buffer.concat([head, places, symbolEntry(0n, root)]);
}

function addresses(...values: readonly bigint[]): Buffer {
  const bytes = Buffer.alloc(values.length * 8);
  for (const [place, value] of values.entries()) bytes.writeBigUInt64LE(value, place * 8);
  return bytes;
}

function padTo8(bytes: Buffer): Buffer {
  const rest = bytes.length % 8;
  return rest === 0 ? bytes : Buffer.concat([bytes, Buffer.alloc(8 - rest)]);
}
