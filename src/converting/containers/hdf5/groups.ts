import { unreadable } from '../../refusals.ts';
import type { FileBytes } from './file-bytes.ts';

/** Deeper than any B-tree of names: a made-up file must not exhaust the stack. */
const deepest = 16;
const mostMembers = 200_000;
const entryBytes = 40;

/** The members of a group by name, with the address of each one's object header: a B-tree of names in a local heap. */
export function readMembers(
  file: FileBytes,
  tree: number,
  heap: number,
): ReadonlyMap<string, number> {
  file.expect(heap, 'HEAP');
  const [size, names] = [file.length(heap + 8), file.address(heap + 24)];
  file.slice(names, size);
  const members = new Map<string, number>();
  const visited = new Set<number>();
  const visit = (address: number, depth: number): void => {
    if (depth > deepest || visited.has(address)) throw unreadable('HDF5: a group is in itself');
    visited.add(address);
    file.expect(address, 'TREE');
    if (file.u8(address + 4) !== 0) throw unreadable('HDF5: a group has no tree of names');
    const level = file.u8(address + 5);
    const count = file.u16(address + 6);
    for (let i = 0; i < count; i += 1) {
      const child = file.address(address + 32 + 16 * i);
      if (level > 0) visit(child, depth + 1);
      else readNode(file, child, names, members);
    }
  };
  visit(tree, 0);
  return members;
}

function readNode(
  file: FileBytes,
  address: number,
  names: number,
  members: Map<string, number>,
): void {
  file.expect(address, 'SNOD');
  const count = file.u16(address + 6);
  for (let i = 0; i < count; i += 1) {
    const entry = address + 8 + entryBytes * i;
    members.set(file.text(names + file.length(entry)), file.address(entry + 8));
    if (members.size > mostMembers) throw unreadable('HDF5: a group has too many members');
  }
}
