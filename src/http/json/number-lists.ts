import { NumberList } from '../../json.ts';
import { afterPower, afterSpaces, isDigit, isSpace, listIn, numberIn } from './number-text.ts';

const [openArray, closeArray, comma, dot, minus] = [0x5b, 0x5d, 0x2c, 0x2e, 0x2d];
const [zero, lowerE, space] = [0x30, 0x65, 0x20];
/** Fewer numbers are as quick as lists of JavaScript. */
const leastNumbers = 32;
/** As deep as any shape is nested. */
const mostLevels = 8;
const nothing = -1;
/** One more digit behind a number below this is still a whole number of 32 bits. */
const mostSmall = 1e8;
/** The same of numbers of 64 bits, which hold it exactly. */
const mostExact = 1e14;
/** Those that numbers of 64 bits hold exactly. */
const powersOfTen = Float64Array.from({ length: 23 }, (_, power) => Number(`1e${power}`));
const mostPlaces = powersOfTen.length - 1;
/** By how much of itself a number of which digits were left out may be larger, with all that was rounded meanwhile. */
const roughness = 2e-14;
/** Numbers for which there is room from the beginning. */
const mostRoom = 64 * 1024;

/**
 * Takes lists of numbers out of JSON, of which JSON.parse would make a list of JavaScript for each row, and of many a
 * number an object: here a number is four bytes. Knows the grammar of lists and numbers to the letter, and leaves what is
 * anything else where it is.
 */
export class NumberLists {
  private readonly text: Uint8Array;
  private values: Float32Array;
  private seen = 0;
  private at = 0;
  private least = 0;
  private greatest = 0;
  private areWhole = true;

  /** The last byte of the text must be no part of a number. */
  constructor(text: Uint8Array) {
    this.text = text;
    // No number is shorter than a digit and a comma.
    this.values = new Float32Array(Math.min(mostRoom, leastNumbers + (text.length >> 1)));
  }

  /** The list at this place and where it ends, if it is enough numbers and nothing else, in lists of a regular shape. */
  take(from: number): { readonly list: NumberList; readonly end: number } | undefined {
    this.at = from;
    this.seen = 0;
    this.least = Infinity;
    this.greatest = -Infinity;
    this.areWhole = true;
    const shape: number[] = [];
    if (!this.takeList(shape, 0) || this.seen < leastNumbers) return undefined;
    const [end, text] = [this.at, this.text];
    const list = new NumberList({
      shape,
      values: this.values.slice(0, this.seen),
      least: this.least,
      greatest: this.greatest,
      areWhole: this.areWhole,
      read: () => listIn(text, from, end),
    });
    return { list, end };
  }

  /** A list at this level, as long as the first one there. */
  private takeList(shape: number[], level: number): boolean {
    if (level === mostLevels || !this.passes(openArray)) return false;
    const isFirst = shape.length === level;
    if (isFirst) shape.push(nothing);
    const isNested = isFirst ? this.next() === openArray : shape.length > level + 1;
    const length = isNested ? this.takeLists(shape, level + 1) : this.takeNumbers();
    if (length === nothing || !this.passes(closeArray)) return false;
    if (isFirst) shape[level] = length;
    return shape[level] === length;
  }

  /** How many lists there were. */
  private takeLists(shape: number[], level: number): number {
    let length = 0;
    do {
      if (!this.takeList(shape, level)) return nothing;
      length += 1;
    } while (this.passes(comma));
    return length;
  }

  /**
   * How many numbers there were; the only loop that every number passes through, all in one function: what a function returns
   * is an object, unless it is a small whole number.
   */
  private takeNumbers(): number {
    const text = this.text;
    let values = this.values;
    let at = this.at;
    let seen = this.seen;
    let least = Infinity;
    let greatest = -Infinity;
    let areWhole = true;
    for (;;) {
      if (text[at]! <= space) at = afterSpaces(text, at);
      const from = at;
      if (text[at] === minus) at += 1;
      let whole = text[at]! - zero;
      if (!(whole >= 0 && whole <= 9)) return nothing;
      at += 1;
      let digit = text[at]! - zero;
      // What begins with a zero ends with it: JSON has no 07.
      if (whole === 0) digit = nothing;
      while (digit >= 0 && digit <= 9 && whole < mostSmall) {
        whole = whole * 10 + digit;
        at += 1;
        digit = text[at]! - zero;
      }
      let places = 0;
      if (text[at] === dot) {
        const first = at + 1;
        at = first;
        digit = text[at]! - zero;
        if (!(digit >= 0 && digit <= 9)) return nothing;
        while (digit >= 0 && digit <= 9 && whole < mostSmall) {
          whole = whole * 10 + digit;
          at += 1;
          digit = text[at]! - zero;
        }
        places = at - first;
      }
      if (seen === values.length) values = this.grow();
      if ((digit >= 0 && digit <= 9) || (text[at]! | space) === lowerE || places > mostPlaces) {
        at = this.takeLong(from, seen);
        if (at === nothing) return nothing;
      } else {
        // Both are exact, and so what is divided is rounded once, as the language asks for.
        const size = places === 0 ? whole : whole / powersOfTen[places]!;
        const value = text[from] === minus ? -size : size;
        values[seen] = value;
        if (places > 0 && areWhole) areWhole = Math.floor(value) === value;
        if (value < least) least = value;
        if (value > greatest) greatest = value;
      }
      seen += 1;
      if (text[at]! <= space) at = afterSpaces(text, at);
      if (text[at] !== comma) break;
      at += 1;
    }
    const count = seen - this.seen;
    this.at = at;
    this.seen = seen;
    this.widen(least, greatest);
    this.areWhole &&= areWhole;
    return count;
  }

  /** A number of many digits or with a power of ten, to its place: where it ends. */
  private takeLong(from: number, to: number): number {
    const text = this.text;
    const isNegative = text[from] === minus;
    let at = isNegative ? from + 1 : from;
    let whole = 0;
    // The power of ten that belongs to the whole number.
    let power = 0;
    let isFraction = false;
    let isCut = false;
    for (; ; at += 1) {
      const digit = text[at]! - zero;
      if (!(digit >= 0 && digit <= 9)) {
        if (isFraction || text[at] !== dot) break;
        isFraction = true;
        if (!isDigit(text[at + 1]!)) return nothing;
      } else if (whole < mostExact) {
        whole = whole * 10 + digit;
        if (isFraction) power -= 1;
      } else {
        isCut = true;
        if (!isFraction) power += 1;
      }
    }
    const isPower = (text[at]! | space) === lowerE;
    if (isPower) at = afterPower(text, at);
    if (at === nothing) return nothing;
    const factor = powersOfTen[Math.abs(power)];
    const isKnown = !isPower && factor !== undefined;
    let size = isKnown ? (power < 0 ? whole / factor : whole * factor) : NaN;
    let [least, greatest] = [size, size];
    const isExact = isKnown && !isCut && power <= 0;
    if (!isExact) {
      // All numbers between two are rounded between what those become: if that is one number, the digits left out do not matter.
      [least, greatest] = [size * (1 - roughness), size * (1 + roughness)];
      const isCertain = Math.fround(least) === Math.fround(greatest);
      if (!isCertain) size = least = greatest = numberIn(text, isNegative ? from + 1 : from, at);
    }
    this.areWhole &&= least === greatest && Number.isInteger(size);
    this.values[to] = isNegative ? -size : size;
    if (isNegative) this.widen(-greatest, -least);
    else this.widen(least, greatest);
    return at;
  }

  private widen(least: number, greatest: number): void {
    if (least < this.least) this.least = least;
    if (greatest > this.greatest) this.greatest = greatest;
  }

  /** Twice the room, with what is there. */
  private grow(): Float32Array {
    const values = new Float32Array(2 * this.values.length);
    values.set(this.values);
    this.values = values;
    return values;
  }

  /** The next byte that is no space. */
  private next(): number | undefined {
    while (isSpace(this.text[this.at]!)) this.at += 1;
    return this.text[this.at];
  }

  private passes(byte: number): boolean {
    if (this.next() !== byte) return false;
    this.at += 1;
    return true;
  }
}
