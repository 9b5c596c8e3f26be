import { sizeOf } from '../../../tensor.ts';
import { shown, unreadable, unsupported } from '../../refusals.ts';
import type { WeightArray } from '../../tensors/weight-array.ts';
import { readTexts, refuseElsewhere } from './attributes.ts';
import { readDataspace, readDatatype, toFloats } from './datatypes.ts';
import { FileBytes, nowhere } from './file-bytes.ts';
import { readMembers } from './groups.ts';
import { messageTypes, readObjectHeader, type HeaderMessage } from './object-header.ts';

/** A group of an HDF5 file. */
export interface HdfGroup {
  /** The names of its members, in the order of their bytes. */
  readonly names: readonly string[];
  /** The texts of an attribute; undefined when it has no such attribute of texts. */
  texts(name: string): string[] | undefined;
  /** The group at a path; undefined when there is none. */
  group(path: string): HdfGroup | undefined;
  /** The numbers of the dataset at a path; undefined when there is none. */
  numbers(path: string): WeightArray | undefined;
}

const signature = Uint8Array.of(0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a);

/** Whether the bytes begin as an HDF5 file does. */
export function isHdf5(bytes: Uint8Array): boolean {
  return signature.every((byte, at) => bytes[at] === byte);
}

/**
 * The root of an HDF5 file, of the part of the format that h5py and so Keras writes: groups with tables of symbols,
 * contiguous datasets of numbers, attributes of texts. Nothing is copied but what is asked for.
 */
export function openHdf5(bytes: Uint8Array): HdfGroup {
  if (!isHdf5(bytes)) throw unreadable('it is not an HDF5 file');
  const file = new FileBytes(bytes);
  const version = file.u8(8);
  if (version > 1) {
    throw unsupported(
      'the HDF5 file is of a newer form than Keras writes (libver="latest"): load and save it with Keras again',
    );
  }
  if (file.u8(13) !== 8 || file.u8(14) !== 8)
    throw unsupported('the HDF5 file has short addresses');
  // The first version has two numbers more before the addresses.
  const addresses = version === 0 ? 24 : 28;
  if (file.address(addresses) !== 0) throw unsupported('the HDF5 file does not begin at its start');
  return openGroup(file, readObjectHeader(file, file.address(addresses + 40)));
}

type Header = readonly HeaderMessage[];

function openGroup(file: FileBytes, header: Header): HdfGroup {
  refuseElsewhere(header);
  const members = membersOf(file, header);
  const find = (path: string): Header | undefined => {
    let among = members;
    let found: Header | undefined;
    for (const name of path.split('/').filter((part) => part !== '')) {
      if (found) among = isGroup(found) ? membersOf(file, found) : new Map();
      const address = among.get(name);
      if (address === undefined) return undefined;
      found = readObjectHeader(file, address);
    }
    return found;
  };
  return {
    names: [...members.keys()],
    texts: (name) => readTexts(file, header, name),
    group(path) {
      const found = find(path);
      return found && isGroup(found) ? openGroup(file, found) : undefined;
    },
    numbers(path) {
      const found = find(path);
      return found && !isGroup(found) ? readNumbers(file, found, path) : undefined;
    },
  };
}

const isGroup = (header: Header): boolean =>
  header.some(({ type }) => type === messageTypes.symbolTable);

function membersOf(file: FileBytes, header: Header): ReadonlyMap<string, number> {
  const table = header.find(({ type }) => type === messageTypes.symbolTable)?.body;
  if (!table) throw unreadable('HDF5: a group has no table of members');
  return readMembers(file, table.address(0), table.address(8));
}

/** The classes of layouts: in the header itself, in one piece, in chunks. */
const layouts = { compact: 0, contiguous: 1 } as const;

function readNumbers(file: FileBytes, header: Header, path: string): WeightArray {
  const [space, type, layout] = [
    messageTypes.dataspace,
    messageTypes.datatype,
    messageTypes.layout,
  ].map((wanted) => header.find((message) => message.type === wanted)?.body);
  if (!space || !type || !layout) throw unreadable(`HDF5: ${shown(path)} is no dataset`);
  const shape = readDataspace(space);
  const datatype = readDatatype(type);
  if (datatype.kind !== 'float' && datatype.kind !== 'integer') {
    throw unreadable(`HDF5: ${shown(path)} holds no numbers`);
  }
  const bytes = datasetBytes(file, layout, path);
  const size = sizeOf(shape) * datatype.size;
  // Lengths of axes multiply beyond what numbers can hold: only what lies in the file counts.
  if (size !== bytes.length) throw unreadable(`HDF5: ${shown(path)} has another size than it says`);
  return { shape, data: toFloats(bytes, datatype) };
}

function datasetBytes(file: FileBytes, layout: FileBytes, path: string): Uint8Array {
  const [version, kind] = [layout.u8(0), layout.u8(1)];
  if (version === 3 && kind === layouts.compact) return layout.slice(4, layout.u16(2));
  if (version === 3 && kind === layouts.contiguous) {
    const address = layout.address(2);
    return address === nowhere ? new Uint8Array() : file.slice(address, layout.length(10));
  }
  throw unsupported(
    `the dataset ${shown(path)} of the HDF5 file is kept in chunks or compressed: load and save it with Keras again`,
  );
}
