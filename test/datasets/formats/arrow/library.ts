import { loadArrow } from '../../../../src/datasets/formats/arrow/arrow-library.ts';

/** The library, which the reader loads when it first needs it. */
export const arrow = await loadArrow();
