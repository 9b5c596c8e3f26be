import { errors } from '../../../errors.ts';
import { printable } from '../../file-names.ts';

/** What stands at the beginning of a .npy file: what its values are, and how many on each axis. */
export interface NpyHeader {
  /** The kind of a value as NumPy writes it: "u" of one byte is uint8, "U" of twelve a text of three characters. */
  readonly kind: 'b' | 'i' | 'u' | 'f' | 'U' | 'S';
  /** Bytes of one value. */
  readonly bytes: number;
  readonly isBigEndian: boolean;
  /** Whether values lie one column after the other (Fortran), and not row after row. */
  readonly isByColumns: boolean;
  readonly shape: readonly number[];
  /** Where the values begin. */
  readonly start: number;
}

/** More than the header of any array of numbers or text has. */
export const maxNpyHeaderBytes = 65_536;
/** Longest text of one label. */
const MAX_TEXT_BYTES = 65_536;
const MAGIC = '\x93NUMPY';

/** Whether a file begins as .npy files do. */
export function isNpy(head: Buffer): boolean {
  return head.toString('latin1', 0, MAGIC.length) === MAGIC;
}

/** The header of a .npy file of version 1, 2 or 3, by its first bytes; `name` is for errors. */
export function parseNpyHeader(head: Buffer, name: string): NpyHeader {
  const invalid = (reason: string): Error =>
    new errors.GLIMPSE_DATASET_INVALID(`${printable(name)}: ${reason}`);
  if (!isNpy(head) || head.length < 12) throw invalid('it does not begin as a .npy file does');
  const version = head[6]!;
  if (version < 1 || version > 3) throw invalid(`version ${version} of .npy is not read`);
  const start = version === 1 ? 10 + head.readUInt16LE(8) : 12 + head.readUInt32LE(8);
  if (start > maxNpyHeaderBytes)
    throw invalid(`its header is longer than ${maxNpyHeaderBytes} bytes`);
  if (start > head.length) throw invalid('it ends in its header');
  // From version 2 on the rest of the length stands before it, which is none of what is looked for.
  const text = head.toString('utf8', 10, start);
  const type = /'descr':\s*(?:'([^']*)'|\[)/.exec(text)?.[1];
  const order = /'fortran_order':\s*(True|False)/.exec(text)?.[1];
  // Python 2 wrote whole numbers as "60000L".
  const axes = /'shape':\s*\(([\dL,\s]*)\)/.exec(text)?.[1];
  if (order === undefined || axes === undefined) throw invalid('its header is none of NumPy');
  if (type === undefined) {
    throw invalid(
      'it is an array of records with several fields; save images and labels as arrays of their own',
    );
  }
  const shape = (axes.match(/\d+/g) ?? []).map(Number);
  const shared = { isByColumns: order === 'True', shape, start };
  return { ...valueType(type, invalid), ...shared };
}

type ValueType = Pick<NpyHeader, 'kind' | 'bytes' | 'isBigEndian'>;

/** "<f8" and the like. */
function valueType(type: string, invalid: (reason: string) => Error): ValueType {
  const [, order, kind, digits] = /^([<>|=]?)([a-zA-Z])(\d*)$/.exec(type) ?? [];
  if (kind === 'O') {
    throw invalid(
      'it holds Python objects (pickle), which are never unpacked here; save it as numbers or text, e.g. x.astype("uint8") or y.astype(str)',
    );
  }
  const bytes = Number(digits) * (kind === 'U' ? 4 : 1);
  if (!isRead(kind, bytes)) {
    throw invalid(
      `values of the type "${printable(type)}" are not read; save it as numbers or text`,
    );
  }
  return { kind, bytes, isBigEndian: order === '>' };
}

function isRead(kind: string | undefined, bytes: number): kind is NpyHeader['kind'] {
  if (kind === 'b') return bytes === 1;
  if (kind === 'i' || kind === 'u') return [1, 2, 4, 8].includes(bytes);
  if (kind === 'f') return [2, 4, 8].includes(bytes);
  return (kind === 'U' || kind === 'S') && bytes <= MAX_TEXT_BYTES;
}
