/** A sentence, where it is true that something is wrong. */
export const when = (isWrong: boolean, sentence: string): string[] => (isWrong ? [sentence] : []);
