/** The key of a class is its first letter or digit where that is its alone, else its number. */
export function keyOf(name: string, classes: readonly string[]): string | undefined {
  const key = name.charAt(0).toLowerCase();
  const isAlone = classes.filter((each) => each.toLowerCase().startsWith(key)).length === 1;
  if (isAlone) return key;
  const at = classes.indexOf(name);
  return at < 9 ? String(at + 1) : undefined;
}
