import { errors } from '../../errors.ts';

/** One element of the array in a JSON file, still as text. */
export interface JsonElement {
  readonly text: string;
  readonly line: number;
  /** Its place in the array, from 0. */
  readonly element: number;
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
  maxElementBytes: number,
): AsyncGenerator<JsonElement> {
  const finder = createArrayFinder(keys);
  let splitter: ReturnType<typeof createElementSplitter> | undefined;
  for await (const chunk of chunks) {
    const start = finder.push(chunk);
    if (start === undefined) continue;
    splitter ??= createElementSplitter(maxElementBytes, finder.line());
    yield* splitter.push(chunk.subarray(start));
    if (splitter.ended()) return;
  }
  if (!splitter) throw invalid(`it is no array, nor an object with an array "${keys[0]}"`);
  throw invalid('it ends in the middle of its array');
}

/** Looks for the opening bracket; from then on every chunk belongs to the array from its start. */
function createArrayFinder(keys: readonly string[]) {
  const longestKey = Math.max(...keys.map(({ length }) => length));
  // The object that is the file has ended without such an array.
  let isOver = false;
  let found = false;
  let [line, depth, inString, escaped] = [1, 0, false, false];
  let text: string;
  let key: string;
  const step = (byte: number): boolean => {
    if (byte === NEWLINE) line += 1;
    if (inString) {
      if (escaped) escaped = false;
      else if (byte === BACKSLASH) escaped = true;
      else if (byte === QUOTE) inString = false;
      // One more than the longest key is enough to be none of them.
      else if (text.length <= longestKey) text += String.fromCharCode(byte);
      return false;
    }
    if (byte === QUOTE) [inString, text] = [true, ''];
    else if (byte === COLON) key = text;
    else if (byte === OPEN_ARRAY && (depth === 0 || (depth === 1 && keys.includes(key))))
      return true;
    else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) depth += 1;
    else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
      depth -= 1;
      isOver = depth <= 0;
    } else if (depth === 0 && !isBlank(byte))
      throw invalid('it is neither a JSON array nor an object');
    return false;
  };
  return {
    line: () => line,
    /** Where the array's first element may start in this chunk; undefined while it is not found. */
    push(chunk: Buffer): number | undefined {
      if (found) return 0;
      for (let i = 0; i < chunk.length; i += 1) {
        if (isOver) return undefined;
        if (step(chunk[i]!)) {
          found = true;
          return i + 1;
        }
      }
      return undefined;
    },
  };
}

/** Cuts the inside of an array, which begins on `firstLine`, at its own commas. */
function createElementSplitter(maxElementBytes: number, firstLine: number) {
  let [depth, inString, escaped] = [0, false, false];
  let isOpen = false;
  let ended = false;
  let [line, startLine] = [firstLine, firstLine];
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
    held.push(part);
    heldBytes += part.length;
    if (heldBytes > maxElementBytes) {
      throw invalid(
        `an element is longer than ${maxElementBytes} bytes (element ${element + 1}, line ${startLine})`,
      );
    }
  };
  /** Whether a byte outside of strings ends an element; the bracket that ends the array does so too. */
  const endsElement = (byte: number): boolean => {
    if (byte === OPEN_ARRAY || byte === OPEN_OBJECT) depth += 1;
    else if (byte === CLOSE_ARRAY || byte === CLOSE_OBJECT) depth -= 1;
    return depth < 0 || (byte === COMMA && depth === 0);
  };

  return {
    ended: () => ended,
    *push(chunk: Buffer): Generator<JsonElement> {
      let start = 0;
      for (let i = 0; i < chunk.length && !ended; i += 1) {
        const byte = chunk[i]!;
        if (byte === NEWLINE) line += 1;
        // An element is on the line of its first visible byte.
        if (!isOpen && !isBlank(byte)) [isOpen, startLine] = [true, line];
        if (inString) {
          if (escaped) escaped = false;
          else if (byte === BACKSLASH) escaped = true;
          else if (byte === QUOTE) inString = false;
        } else if (byte === QUOTE) inString = true;
        else if (endsElement(byte)) {
          ended = depth < 0;
          const element = take(chunk.subarray(start, i));
          // `[]` and a trailing comma leave nothing before the closing bracket.
          if (element.text !== '' || !ended) yield element;
          [start, isOpen] = [i + 1, false];
        }
      }
      if (!ended) hold(chunk.subarray(start));
    },
  };
}

function invalid(reason: string): Error {
  return new errors.GLIMPSE_DATASET_INVALID(`JSON: ${reason}`);
}
