import type { Flow } from './flow.ts';
import { releaseFlows } from './releasing.ts';
import { reviewFlows } from './reviewing.ts';
import { searchFlows } from './searching.ts';
import { trainFlows } from './training.ts';
import { tryFlows } from './trying.ts';

/** What a stranger does, one after the other: later ones find what the earlier ones have made. */
export const flows: readonly Flow[] = [
  ...tryFlows,
  ...trainFlows,
  ...releaseFlows,
  ...reviewFlows,
  ...searchFlows,
];
