/**
 * What a label is called, by one rule for every format. It is judged by the whole column and not by each of
 * its cells: a column of whole numbers, however each is spelled ("7", "7.0", "+7", "07", "7e0"), has numbers
 * for classes; any other column has text.
 */

/** A label as it was found: text without blanks around it, composed (NFC); undefined when there is none. */
export function spellingOf(label: unknown): string | undefined {
  if (typeof label === 'number') return Number.isNaN(label) ? undefined : String(label);
  if (typeof label === 'boolean' || typeof label === 'bigint') return String(label);
  if (typeof label !== 'string') return undefined;
  const text = label.normalize('NFC').trim();
  return text === '' || text.length > 200 ? undefined : text;
}

/** The whole number that a label spells, if it does. */
export function wholeNumberIn(spelling: string): number | undefined {
  if (!/^[+-]?\d+(\.0*|(\.\d+)?e[+-]?\d+)?$/i.test(spelling)) return undefined;
  const number = Number(spelling);
  // Adding zero makes 0 of -0.
  return Number.isSafeInteger(number) ? number + 0 : undefined;
}

/** What writers put where they have no label; only in a column of numbers it cannot be a class. */
const isMissing = (spelling: string): boolean =>
  /^(nan|null|none|na|n\/a|<na>|nat|undefined)$/i.test(spelling);

/** Whether a label is none if its column turns out to be one of numbers. */
export function mayBeMissing(label: unknown): boolean {
  return typeof label === 'string' && isMissing(label.trim());
}

/** The name of the class that each spelling of a column means; undefined where it means none. */
export function nameClasses(spellings: readonly string[]): (string | undefined)[] {
  const present = spellings.filter((spelling) => !isMissing(spelling));
  const areNumbers =
    present.length > 0 && present.every((spelling) => wholeNumberIn(spelling) !== undefined);
  if (!areNumbers) return [...spellings];
  if (areCodes(present)) return spellings.map((one) => (isMissing(one) ? undefined : one));
  return spellings.map((one) => wholeNumberIn(one)?.toString());
}

/** Digits of one width, as in ZIP codes: zeros before them belong to the name. */
function areCodes(spellings: readonly string[]): boolean {
  const { length } = spellings[0]!;
  return spellings.every((one) => /^\d+$/.test(one) && one.length === length);
}

/** Classes by their numbers where they have some, else by their text. */
export function byNumberThenText(a: string, b: string): number {
  const [left, right] = [Number(a), Number(b)];
  if (!Number.isNaN(left) && !Number.isNaN(right) && left !== right) return left - right;
  if (a < b) return -1;
  return a > b ? 1 : 0;
}

/** Names that only case, blanks, "_", "-" or the composition of letters tell apart, in groups. */
export function lookAlikeNames(classes: readonly string[]): string[][] {
  const groups = new Map<string, string[]>();
  for (const name of classes) {
    const folded = name
      .normalize('NFKC')
      .toLowerCase()
      .replaceAll(/[\s_-]+/g, '');
    groups.set(folded, [...(groups.get(folded) ?? []), name]);
  }
  // Names of nothing but such signs are symbols.
  groups.delete('');
  return [...groups.values()].filter(({ length }) => length > 1);
}

/** In words, that such names are learnt as classes of their own. */
export function lookAlikeNote(names: readonly string[]): string {
  const listed = names.map((name) => JSON.stringify(name.slice(0, 50))).join(', ');
  return `The classes ${listed} look alike and are learnt as ${names.length}; if they are one, rename them.`;
}
