const [minus, plus, zero, space] = [0x2d, 0x2b, 0x30, 0x20];
const nothing = -1;

/** Those that JSON lets stand between its parts. */
export function isSpace(byte: number): boolean {
  return byte <= space && (byte === space || byte === 0x0a || byte === 0x0d || byte === 0x09);
}

export const isDigit = (byte: number): boolean => byte >= zero && byte <= zero + 9;

/** Behind an e, a sign or none, and digits; -1 where it has none. */
export function afterPower(text: Uint8Array, from: number): number {
  let at = from + 1;
  if (text[at] === plus || text[at] === minus) at += 1;
  if (!isDigit(text[at]!)) return nothing;
  while (isDigit(text[at]!)) at += 1;
  return at;
}

/** The next byte that is no space. */
export function afterSpaces(text: Uint8Array, from: number): number {
  let at = from;
  while (isSpace(text[at]!)) at += 1;
  return at;
}

const textIn = ({ buffer, byteOffset }: Uint8Array, from: number, end: number): string =>
  Buffer.from(buffer, byteOffset + from, end - from).toString('latin1');

/** What was found to be a number. */
export const numberIn = (text: Uint8Array, from: number, end: number): number =>
  Number(textIn(text, from, end));

/** What was found to be lists of numbers. */
export function listIn(text: Uint8Array, from: number, end: number): readonly unknown[] {
  const list: unknown = JSON.parse(textIn(text, from, end));
  if (Array.isArray(list)) return list;
  throw new Error('a list of JSON that is none: this is our bug');
}
