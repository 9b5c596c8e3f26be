import { unreadable, unsupported } from '../../refusals.ts';
import { FileBytes } from './file-bytes.ts';

/** What is said about an object (a group or a dataset): numbered messages. */
export interface HeaderMessage {
  readonly type: number;
  readonly body: FileBytes;
}

/** The numbers of the messages that are read. */
export const messageTypes = {
  dataspace: 0x01,
  datatype: 0x03,
  layout: 0x08,
  filters: 0x0b,
  attribute: 0x0c,
  continuation: 0x10,
  symbolTable: 0x11,
  attributeInfo: 0x15,
} as const;

/** No object that a person made says more. */
const mostMessages = 100_000;

/** The messages of the object whose header (of the first version, which h5py writes unless it is told otherwise) lies here. */
export function readObjectHeader(file: FileBytes, address: number): HeaderMessage[] {
  if (file.u8(address) !== 1) {
    throw unsupported(
      'the HDF5 file is of a newer form than Keras writes (libver="latest"): load and save it with Keras again',
    );
  }
  const count = file.u16(address + 2);
  const messages: HeaderMessage[] = [];
  const blocks = [{ at: address + 16, end: address + 16 + file.u32(address + 8) }];
  for (let block = blocks.pop(); block; block = blocks.pop()) {
    let { at } = block;
    while (at + 8 <= block.end && messages.length < count) {
      const [type, size] = [file.u16(at), file.u16(at + 2)];
      const isShared = (file.u8(at + 4) & 2) !== 0;
      const body = new FileBytes(file.slice(at + 8, size));
      if (isShared) throw unsupported('the HDF5 file shares the descriptions of its datasets');
      messages.push({ type, body });
      if (messages.length > mostMessages) throw unreadable('HDF5: an object header does not end');
      if (type === messageTypes.continuation) {
        const next = body.address(0);
        blocks.push({ at: next, end: next + body.length(8) });
      }
      at += 8 + size;
    }
  }
  return messages;
}
