/** Compiles src/ into dist/ when the sources are newer than what was compiled last. Throws when it fails. */
export function compileWhenStale(): void;
