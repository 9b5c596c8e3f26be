/** A word as a shell reads it back. */
export function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

/** A command as it was typed. */
export function commandLine(words: readonly string[]): string {
  return ['glimpse', ...words.map(quote)].join(' ');
}
