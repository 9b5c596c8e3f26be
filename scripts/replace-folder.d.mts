/** Puts a folder in the place of another one, which may be missing. Of several that do so at once the last one stays. */
export function replaceFolder(made: string, place: string): Promise<void>;
