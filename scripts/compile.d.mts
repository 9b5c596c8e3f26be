/** Makes the programs in dist/ when the sources are newer than what was made last. Throws when it fails. */
export function compileWhenStale(): void;
/** Makes the modules one by one in build/, for what is to load single ones without a compiler. Throws when it fails. */
export function compileModulesWhenStale(): void;
