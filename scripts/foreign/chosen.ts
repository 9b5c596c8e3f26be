/**
 * Of what a script tries, what the words behind `--` choose: all of it without words. A word that chooses nothing is a mistake, or
 * what it was for is gone: a run that tries nothing must not pass.
 */
export function chosenBy<One>(
  words: readonly string[],
  all: readonly One[],
  nameOf: (one: One) => string,
  fits: (name: string, word: string) => boolean = (name, word) => name.includes(word),
): readonly One[] {
  const isChosen = (one: One, word: string): boolean => fits(nameOf(one), word);
  for (const word of words) {
    if (all.some((one) => isChosen(one, word))) continue;
    throw new Error(`there is no ${JSON.stringify(word)}; there are ${all.map(nameOf).join(', ')}`);
  }
  return words.length === 0 ? all : all.filter((one) => words.some((word) => isChosen(one, word)));
}
