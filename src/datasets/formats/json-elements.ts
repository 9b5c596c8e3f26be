import { errors } from '../../errors.ts';

/** One element of the array in a JSON file, still as text. */
export interface JsonElement {
  readonly text: string;
  readonly line: number;
  /** Its place in the array, from 0. */
  readonly element: number;
}

export interface ElementLimits {
  readonly maxElementBytes: number;
}

const code = (char: string): number => char.charCodeAt(0);
const [QUOTE, BACKSLASH, COMMA, COLON, NEWLINE] = [code('"'), code('\\'), code(','), code(':'), 10];
const [OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] = ['[', ']', '{', '}'].map(code);
const isBlank = (byte: number): boolean =>
  byte <= 0x20 || byte === 0xef || byte === 0xbb || byte === 0xbf;

/**
 * The elements of one array in a JSON file of any size, without ever holding the file: of the array
 * that is the file, or of the first array under one of `keys` in the object that is the file.
 */
export async function* readJsonElements(
  chunks: AsyncIterable<Buffer>,
  keys: readonly string[],
  limits: ElementLimits,
): AsyncGenerator<JsonElement> {
  const finder = createArrayFinder(keys);
  const splitter = createElementSplitter(limits);
  for await (const chunk of chunks) {
    const start = finder.push(chunk);
    if (start === undefined) continue;
    yield* splitter.push(start === 0 ? chunk : chunk.subarray(start));
    if (splitter.ended()) return;
  }
  if (!finder.found()) throw invalid(`it is no array, nor an object with an array "${keys[0]}"`);
  throw invalid('it ends in the middle of its array');
}

/** Looks for the opening bracket; from then on every chunk belongs to the array from its start. */
function createArrayFinder(keys: readonly string[]) {
  let [inside, found] = [false, false];
  let [depth, inString, escaped] = [0, false, false];
  let [text, key] = ['', ''];
  const step = (byte: number): boolean => {
    if (inString) {
      if (escaped) escaped = false;
      else if (byte === BACKSLASH) escaped = true;
      else if (byte === QUOTE) inString = false;
      else if (depth === 1 && text.length < 64) text += String.fromCharCode(byte);
      return false;
    }
    if (byte === QUOTE) [inString, text] = [true, ''];
    else if (byte === COLON && depth === 1) key = text;
    else if (byte === OPEN_ARRAY && (depth === 0 || (depth === 1 && keys.includes(key))))
      return true;
    else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) depth += 1;
    else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) depth -= 1;
    else if (depth === 0 && !isBlank(byte))
      throw invalid('it is neither a JSON array nor an object');
    return false;
  };
  return {
    found: () => found,
    /** Where the array's first element may start in this chunk; undefined while it is not found. */
    push(chunk: Buffer): number | undefined {
      if (found) return 0;
      for (let i = 0; i < chunk.length; i += 1) {
        if (step(chunk[i]!)) {
          found = true;
          return i + 1;
        }
        inside ||= depth > 0;
        if (inside && depth === 0) return undefined;
      }
      return undefined;
    },
  };
}

/** Cuts the inside of an array at its own commas. */
function createElementSplitter({ maxElementBytes }: ElementLimits) {
  let [depth, inString, escaped] = [0, false, false];
  let [open, ended] = [false, false];
  let [line, startLine] = [1, 1];
  let held: Buffer[] = [];
  let [heldBytes, element] = [0, -1];

  const take = (part: Buffer): JsonElement => {
    held.push(part);
    const text = Buffer.concat(held).toString('utf8').trim();
    [held, heldBytes] = [[], 0];
    element += 1;
    return { text, line: startLine, element };
  };
  const hold = (part: Buffer) => {
    if (part.length === 0) return;
    held.push(part);
    heldBytes += part.length;
    if (heldBytes > maxElementBytes) {
      throw invalid(
        `an element is longer than ${maxElementBytes} bytes (element ${element + 1}, line ${startLine})`,
      );
    }
  };
  /** What a byte outside of strings ends: an element, the array, or nothing. */
  const ends = (byte: number): 'element' | 'array' | undefined => {
    if (byte === OPEN_ARRAY || byte === OPEN_OBJECT) depth += 1;
    else if (byte === COMMA && depth === 0) return 'element';
    else if (byte === CLOSE_ARRAY || byte === CLOSE_OBJECT) {
      if (depth === 0) return 'array';
      depth -= 1;
    }
    return undefined;
  };

  return {
    ended: () => ended,
    *push(chunk: Buffer): Generator<JsonElement> {
      let start = 0;
      for (let i = 0; i < chunk.length && !ended; i += 1) {
        const byte = chunk[i]!;
        if (byte === NEWLINE) line += 1;
        // An element is on the line of its first visible byte.
        if (!open && !isBlank(byte)) [open, startLine] = [true, line];
        if (inString) {
          if (escaped) escaped = false;
          else if (byte === BACKSLASH) escaped = true;
          else if (byte === QUOTE) inString = false;
        } else if (byte === QUOTE) inString = true;
        else {
          const end = ends(byte);
          if (end === undefined) continue;
          ended = end === 'array';
          const element = take(chunk.subarray(start, i));
          // `[]` and a trailing comma leave nothing before the closing bracket.
          if (element.text !== '' || !ended) yield element;
          [start, open] = [i + 1, false];
        }
      }
      if (!ended) hold(chunk.subarray(start));
    },
  };
}

function invalid(reason: string): Error {
  return new errors.GLIMPSE_DATASET_INVALID(`JSON: ${reason}`);
}
