import { integer, text } from './knob.ts';

/** What a model may take, and which models may run inside of the server's own process. */
export const modelKnobs = {
  GLIMPSE_TRUSTED_MODELS: text(
    '',
    'Models that may run inside of the server’s own process although it did not train them, with commas between: digits, team-*, * for all. Every other one runs in a cell, a process that can be ended.',
  ),
  GLIMPSE_OPEN_TIMEOUT_MS: integer(
    120_000,
    'Longest time a model may take to be opened; one that takes longer is set aside.',
    1,
  ),
  GLIMPSE_BATCH_TIMEOUT_MS: integer(
    30_000,
    'Longest time of one batch; of a model that was measured to be fast 50 times what a full batch took, but no less than 5 seconds.',
    1,
  ),
  GLIMPSE_CELL_MEMORY_BYTES: integer(
    0,
    'A cell with more resident memory than this is ended (Linux only); 0: half of what the container, or the machine, has.',
  ),
};
