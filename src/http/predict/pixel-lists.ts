import type { Instance } from '../../serving/prepare-instances.ts';

/**
 * The images of `{"instances": [...]}` whose images are nothing but pixels in whole numbers from 0 to 255 (7 or 7.0), in
 * lists of a regular shape: bytes from the text at once, without the text's numbers as a list of their own before. Undefined for
 * every other body, good or bad; JSON.parse reads those and says what is wrong.
 */
export function readPixelLists(body: Uint8Array, maxImages: number): Instance[] | undefined {
  return new PixelLists(body).read(maxImages);
}

const [openArray, closeArray, openObject, closeObject] = [0x5b, 0x5d, 0x7b, 0x7d];
const [comma, colon, dot, zero] = [0x2c, 0x3a, 0x2e, 0x30];
const key = Buffer.from('"instances"');
/** [H][W][C] is the deepest that any model takes. */
const mostLevels = 3;
const nothing = -1;

class PixelLists {
  readonly #text: Uint8Array;
  /** Of all images, one after the other: each takes a digit and what stands behind it at least. */
  readonly #values: Uint8Array;
  #at = 0;
  #seen = 0;

  constructor(text: Uint8Array) {
    this.#text = text;
    this.#values = new Uint8Array(text.length >> 1);
  }

  read(maxImages: number): Instance[] | undefined {
    const end = endOf(this.#text);
    // Whatever is read before it ends there at the latest, and never looks beyond the text.
    if (this.#text[end - 1] !== closeObject || !this.#takeStart()) return undefined;
    const images: Instance[] = [];
    do {
      const image = this.#takeImage();
      if (!image || images.length === maxImages) return undefined;
      images.push(image);
    } while (this.#take(comma));
    const isWhole = this.#take(closeArray) && this.#take(closeObject);
    return isWhole && this.#at === end ? images : undefined;
  }

  /** `{"instances": [` */
  #takeStart(): boolean {
    if (!this.#take(openObject) || this.#next() !== key[0]) return false;
    for (const byte of key) {
      if (this.#text[this.#at] !== byte) return false;
      this.#at += 1;
    }
    return this.#take(colon) && this.#take(openArray);
  }

  #takeImage(): Instance | undefined {
    const from = this.#seen;
    const shape: number[] = [];
    if (!this.#takeList(shape, 0)) return undefined;
    return { kind: 'packed', shape, values: this.#values.subarray(from, this.#seen) };
  }

  /** A list at this level of an image, as long as the first one there. */
  #takeList(shape: number[], level: number): boolean {
    if (level === mostLevels || !this.#take(openArray)) return false;
    const isFirst = shape.length === level;
    if (isFirst) shape.push(nothing);
    const isNested = isFirst ? this.#next() === openArray : shape.length > level + 1;
    const length = isNested ? this.#takeLists(shape, level + 1) : this.#takeNumbers();
    if (length === nothing || !this.#take(closeArray)) return false;
    if (isFirst) shape[level] = length;
    return shape[level] === length;
  }

  /** How many lists there were. */
  #takeLists(shape: number[], level: number): number {
    let length = 0;
    do {
      if (!this.#takeList(shape, level)) return nothing;
      length += 1;
    } while (this.#take(comma));
    return length;
  }

  /** How many numbers there were; the only loop that every pixel passes through. */
  #takeNumbers(): number {
    const text = this.#text;
    const values = this.#values;
    const from = this.#seen;
    let at = this.#at;
    let seen = from;
    for (;;) {
      while (isSpace(text[at])) at += 1;
      const first = text[at]! - zero;
      if (!(first >= 0 && first <= 9)) return nothing;
      at += 1;
      let value = first;
      // What begins with a zero ends with it: JSON has no 07.
      let digit = first === 0 ? nothing : text[at]! - zero;
      while (digit >= 0 && digit <= 9) {
        value = value * 10 + digit;
        if (value > 255) return nothing;
        at += 1;
        digit = text[at]! - zero;
      }
      if (text[at] === dot) {
        at += 1;
        if (text[at] !== zero) return nothing;
        while (text[at] === zero) at += 1;
      }
      values[seen] = value;
      seen += 1;
      while (isSpace(text[at])) at += 1;
      if (text[at] !== comma) break;
      at += 1;
    }
    this.#at = at;
    this.#seen = seen;
    return seen - from;
  }

  /** The next byte that is no space. */
  #next(): number | undefined {
    while (isSpace(this.#text[this.#at])) this.#at += 1;
    return this.#text[this.#at];
  }

  #take(byte: number): boolean {
    if (this.#next() !== byte) return false;
    this.#at += 1;
    return true;
  }
}

/** Behind the last byte that is no space. */
function endOf(text: Uint8Array): number {
  let end = text.length;
  while (end > 0 && isSpace(text[end - 1])) end -= 1;
  return end;
}

/** Those that JSON lets stand between its parts. */
function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
