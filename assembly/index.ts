/** What the module gives: compiled by `npm run assemble` into src/image/assembly/assembled.ts. */
export * from './cells';
export * from './colour';
export * from './filter';
export * from './jpeg';
export * from './planes';
export { valueAtRank } from './rank';
export { findPieces, findRuns, keepRuns, softenRuns, takeAround, takeRuns } from './runs';
export { takeLight } from './surface';

/** Where memory begins that nothing of the module's own lies in. */
export const base: usize = __heap_base;
