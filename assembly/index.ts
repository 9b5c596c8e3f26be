/** What the module gives: compiled by `npm run assemble` into src/image/assembly/assembled.ts. */
export * from './colour';
export * from './filter';
export * from './jpeg';
export * from './planes';

/** Where memory begins that nothing of the module's own lies in. */
export const base: usize = __heap_base;
