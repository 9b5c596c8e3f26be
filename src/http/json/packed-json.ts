import { isAscii } from 'node:buffer';
import type { JsonLimits } from './json-scan.ts';
import { NumberLists } from './number-lists.ts';
import { isSpace } from './number-text.ts';

const [openArray, closeArray, openObject, closeObject] = [0x5b, 0x5d, 0x7b, 0x7d];
const [comma, colon, quote, backslash] = [0x2c, 0x3a, 0x22, 0x5c];
/** What is shorter has too few numbers for it to matter. */
const leastBytes = 256;
/** What is neither a list of numbers nor an object or a list around them; JSON.parse is quicker at those. */
const mostOthers = 400;

/**
 * What JSON.parse gives, with a `NumberList` in place of every large list of numbers; undefined for a text that is no JSON, or
 * has little to be won by this: JSON.parse reads those.
 */
export function readPacked(text: Uint8Array, limits: JsonLimits): unknown {
  if (text.length < leastBytes) return undefined;
  return new PackedJson(text, limits).read();
}

class PackedJson {
  readonly #text: Uint8Array;
  readonly #lists: NumberLists;
  readonly #limits: JsonLimits;
  #at = 0;
  #objects = 0;
  #strings = 0;
  #others = 0;

  constructor(text: Uint8Array, limits: JsonLimits) {
    this.#text = text;
    this.#limits = limits;
    this.#lists = new NumberLists(text);
  }

  read(): unknown {
    const text = this.#text;
    let end = text.length;
    while (end > 0 && isSpace(text[end - 1]!)) end -= 1;
    // Whatever is read ends there at the latest, and never looks beyond the text.
    if (text[end - 1] !== closeObject && text[end - 1] !== closeArray) return undefined;
    const value = this.#takeValue(0);
    return this.#at === end ? value : undefined;
  }

  #takeValue(level: number): unknown {
    const first = this.#next();
    if (first === openArray) return this.#takeList(level);
    if (first === openObject) return this.#takeObject(level);
    return first === quote ? this.#takeText() : this.#takeWord();
  }

  #takeList(level: number): unknown {
    const found = this.#lists.take(this.#at);
    const { depth } = this.#limits;
    if (level >= depth || (found && level + found.list.shape.length > depth)) return undefined;
    if (found) {
      this.#at = found.end;
      return found.list;
    }
    this.#at += 1;
    const list: unknown[] = [];
    if (this.#take(closeArray)) return list;
    do {
      const value = this.#takeValue(level + 1);
      if (value === undefined) return undefined;
      list.push(value);
    } while (this.#take(comma));
    return this.#take(closeArray) ? list : undefined;
  }

  #takeObject(level: number): unknown {
    this.#objects += 1;
    if (level >= this.#limits.depth || this.#objects > this.#limits.objects) return undefined;
    this.#at += 1;
    const object: Record<string, unknown> = {};
    if (this.#take(closeObject)) return object;
    do {
      const name = this.#next() === quote ? this.#takeText() : undefined;
      // To set this one is not to have a field of that name.
      if (typeof name !== 'string' || name === '__proto__' || !this.#take(colon)) return undefined;
      const value = this.#takeValue(level + 1);
      if (value === undefined) return undefined;
      object[name] = value;
    } while (this.#take(comma));
    return this.#take(closeObject) ? object : undefined;
  }

  #takeText(): unknown {
    this.#strings += 1;
    if (this.#strings > this.#limits.strings) return undefined;
    const text = this.#text;
    const from = this.#at;
    let end = from;
    let before: number;
    do {
      end = text.indexOf(quote, end + 1);
      if (end === -1) return undefined;
      for (before = end; text[before - 1] === backslash;) before -= 1;
    } while ((end - before) % 2 === 1);
    return this.#takeAsIs(end + 1);
  }

  /** A number, true, false or null. */
  #takeWord(): unknown {
    const text = this.#text;
    let end = this.#at;
    while (end < text.length && !isEnd(text[end]!)) end += 1;
    return this.#takeAsIs(end);
  }

  /** Left to JSON.parse. */
  #takeAsIs(end: number): unknown {
    this.#others += 1;
    if (this.#others > mostOthers) return undefined;
    const piece = this.#text.subarray(this.#at, end);
    this.#at = end;
    try {
      const value: unknown = JSON.parse(textOf(piece));
      return value;
    } catch {
      return undefined;
    }
  }

  /** The next byte that is no space. */
  #next(): number | undefined {
    while (isSpace(this.#text[this.#at]!)) this.#at += 1;
    return this.#text[this.#at];
  }

  #take(byte: number): boolean {
    if (this.#next() !== byte) return false;
    this.#at += 1;
    return true;
  }
}

/** Behind what is neither a list nor an object nor a text. */
const isEnd = (byte: number): boolean =>
  isSpace(byte) || byte === comma || byte === closeArray || byte === closeObject;

/** Throws for what is not UTF-8. */
function textOf(bytes: Uint8Array): string {
  if (!isAscii(bytes)) return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}
