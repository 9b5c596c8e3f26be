import { errors, withDetails } from '../../errors.ts';

/** What the JSON of a body may hold at most. */
export interface JsonLimits {
  readonly depth: number;
  readonly objects: number;
  readonly arrays: number;
  /** Keys of objects are strings, too. */
  readonly strings: number;
}

/** How many values of each kind were met. */
export interface JsonCounts {
  bytes: number;
  objects: number;
  arrays: number;
  strings: number;
  /** Commas: nearly all of them stand between two numbers. */
  separators: number;
}

/** Bytes outside of strings that count; all others are passed over. */
const [skip, quote, openObject, openArray, close, comma] = [0, 1, 2, 3, 4, 5];
const kinds = new Uint8Array(256).fill(skip);
for (const [text, kind] of [
  ['"', quote],
  ['{', openObject],
  ['[', openArray],
  ['}', close],
  [']', close],
  [',', comma],
] as const) {
  kinds[text.charCodeAt(0)] = kind;
}
const backslash = 0x5c;
const quoteByte = 0x22;

/**
 * Looks through JSON while it comes in, so that what cannot be meant is refused before it is whole. It counts and
 * allocates nothing, and knows just so much of JSON that nothing it counts is passed over; whether the text is JSON
 * at all is for the parser to say.
 */
export class JsonScan {
  readonly counts: JsonCounts = { bytes: 0, objects: 0, arrays: 0, strings: 0, separators: 0 };
  readonly #limits: JsonLimits;
  #depth = 0;
  #isInString = false;
  /** The chunk before ended with a backslash that escapes what comes next. */
  #isEscaped = false;

  constructor(limits: JsonLimits) {
    this.#limits = limits;
  }

  /** GLIMPSE_JSON_TOO_COMPLEX, with `details.position`, as soon as there is more of something than may be. */
  push(chunk: Uint8Array): void {
    const { counts } = this;
    let at = this.#isInString ? this.#afterString(chunk, 0) : 0;
    while (at < chunk.length) {
      const kind = kinds[chunk[at]!]!;
      at += 1;
      if (kind === skip) continue;
      if (kind === comma) counts.separators += 1;
      else {
        this.#meet(kind, counts.bytes + at - 1);
        if (this.#isInString) at = this.#afterString(chunk, at);
      }
    }
    counts.bytes += chunk.length;
  }

  #meet(kind: number, position: number): void {
    const { counts } = this;
    const { depth, objects, arrays, strings } = this.#limits;
    if (kind === quote) {
      this.#isInString = true;
      counts.strings += 1;
      if (counts.strings > strings) refuse(`${strings} strings`, position);
    } else if (kind === close) this.#depth -= 1;
    else {
      if (kind === openArray) counts.arrays += 1;
      else counts.objects += 1;
      if (counts.objects > objects) refuse(`${objects} objects`, position);
      if (counts.arrays > arrays) refuse(`${arrays} lists`, position);
      this.#depth += 1;
      if (this.#depth > depth) refuse(`${depth} levels of nesting`, position);
    }
  }

  /** Where the text goes on after the string that `from` stands in; the end of the chunk when it goes on there. */
  #afterString(chunk: Uint8Array, from: number): number {
    for (let at = from; ;) {
      const end = chunk.indexOf(quoteByte, at);
      const stop = end === -1 ? chunk.length : end;
      let before = stop;
      while (before > from && chunk[before - 1] === backslash) before -= 1;
      // An escape that began in the chunk before takes the first byte of this one.
      const carried = before === from && this.#isEscaped ? 1 : 0;
      const isEscape = (stop - before + carried) % 2 === 1;
      if (end === -1) {
        this.#isEscaped = isEscape;
        return stop;
      }
      at = end + 1;
      if (isEscape) continue;
      this.#isInString = false;
      this.#isEscaped = false;
      return at;
    }
  }
}

function refuse(what: string, position: number): never {
  throw withDetails(new errors.GLIMPSE_JSON_TOO_COMPLEX(what), { position });
}
