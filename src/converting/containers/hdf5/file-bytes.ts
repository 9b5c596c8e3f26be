import { unreadable } from '../../refusals.ts';

/** HDF5's address of what is nowhere. */
export const nowhere = -1;

/** The bytes of an HDF5 file, read at any place; whatever lies outside of them is a broken file. */
export class FileBytes {
  readonly bytes: Uint8Array;
  readonly #view: DataView;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  u8(at: number): number {
    return this.#view.getUint8(this.#checked(at, 1));
  }

  u16(at: number): number {
    return this.#view.getUint16(this.#checked(at, 2), true);
  }

  u32(at: number): number {
    return this.#view.getUint32(this.#checked(at, 4), true);
  }

  /** A length of eight bytes; one that no file has is refused here. */
  length(at: number): number {
    const value = this.#view.getBigUint64(this.#checked(at, 8), true);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw unreadable('HDF5: a length is too large');
    return Number(value);
  }

  /** An address of eight bytes, all ones for `nowhere`. */
  address(at: number): number {
    const isNowhere = this.u32(at) === 0xffffffff && this.u32(at + 4) === 0xffffffff;
    return isNowhere ? nowhere : this.length(at);
  }

  slice(at: number, size: number): Uint8Array {
    this.#checked(at, size);
    return this.bytes.subarray(at, at + size);
  }

  /** Four letters that name a part of the file. */
  expect(at: number, letters: string): void {
    const found = String.fromCharCode(...this.slice(at, 4));
    if (found !== letters) throw unreadable(`HDF5: ${letters} is missing at ${at}`);
  }

  /** A text that ends with a zero byte. */
  text(at: number): string {
    this.#checked(at, 1);
    const end = this.bytes.indexOf(0, at);
    if (end < 0) throw unreadable('HDF5: a name does not end');
    return decoder.decode(this.bytes.subarray(at, end));
  }

  #checked(at: number, size: number): number {
    const isInside = at >= 0 && size >= 0 && at + size <= this.bytes.length;
    if (!isInside) throw unreadable('HDF5: the file ends before what it points at');
    return at;
  }
}

const decoder = new TextDecoder();
