import { sizeOf } from '../../../tensor.ts';
import { unreadable, unsupported } from '../../refusals.ts';
import { readDataspace, readDatatype, type Datatype } from './datatypes.ts';
import { FileBytes } from './file-bytes.ts';
import { messageTypes, type HeaderMessage } from './object-header.ts';

/** The texts of the attribute of that name; undefined when there is none, or it holds numbers. */
export function readTexts(
  file: FileBytes,
  messages: readonly HeaderMessage[],
  name: string,
): string[] | undefined {
  const found = messages.find(
    ({ type, body }) => type === messageTypes.attribute && nameOf(body) === name,
  );
  if (!found) return undefined;
  const { datatype, shape, values } = partsOf(found.body);
  const count = sizeOf(shape);
  if (datatype.kind === 'float' || datatype.kind === 'integer') return undefined;
  // Texts of no bytes would be as many as somebody likes to claim.
  if (count * Math.max(datatype.size, 1) > values.bytes.length) {
    throw unreadable(`HDF5: the attribute ${name} is longer than it is`);
  }
  return Array.from({ length: count }, (_, i) => textAt(file, values, datatype, i));
}

/** Attributes of many bytes may lie elsewhere in files of the newer form. */
export function refuseElsewhere(messages: readonly HeaderMessage[]): void {
  if (messages.some(({ type }) => type === messageTypes.attributeInfo)) {
    throw unsupported(
      'the HDF5 file keeps its attributes in the newer form: load and save it with Keras again',
    );
  }
}

const padded = (size: number): number => Math.ceil(size / 8) * 8;

/** Where the parts of an attribute begin; the first version pads each to eight bytes, the third names an encoding. */
function placesOf(body: FileBytes) {
  const version = body.u8(0);
  if (version < 1 || version > 3) throw unreadable('HDF5: an attribute of no known version');
  const rounded = version === 1 ? padded : (size: number): number => size;
  const name = version === 3 ? 9 : 8;
  const type = name + rounded(body.u16(2));
  const space = type + rounded(body.u16(4));
  return { name, type, space, values: space + rounded(body.u16(6)) };
}

function nameOf(body: FileBytes): string {
  return body.text(placesOf(body).name);
}

function partsOf(body: FileBytes): { datatype: Datatype; shape: number[]; values: FileBytes } {
  const { type, space, values } = placesOf(body);
  return {
    datatype: readDatatype(body, type),
    shape: readDataspace(body, space),
    values: new FileBytes(body.slice(values, body.bytes.length - values)),
  };
}

const decoder = new TextDecoder();

function textAt(file: FileBytes, values: FileBytes, { kind, size }: Datatype, at: number): string {
  const bytes =
    kind === 'variable text'
      ? heapObject(file, values.address(size * at + 4), values.u32(size * at + 12)).subarray(
          0,
          values.u32(size * at),
        )
      : values.slice(size * at, size);
  const end = bytes.indexOf(0);
  return decoder.decode(end < 0 ? bytes : bytes.subarray(0, end));
}

/** An object of a collection of the global heap, in which values of any length lie. */
function heapObject(file: FileBytes, collection: number, index: number): Uint8Array {
  if (index === 0) return new Uint8Array();
  file.expect(collection, 'GCOL');
  const end = collection + file.length(collection + 8);
  for (let at = collection + 16; at + 16 <= end;) {
    const [found, size] = [file.u16(at), file.length(at + 8)];
    if (found === index) return file.slice(at + 16, size);
    if (found === 0) break;
    at += 16 + padded(size);
  }
  throw unreadable('HDF5: a text is missing in its heap');
}
