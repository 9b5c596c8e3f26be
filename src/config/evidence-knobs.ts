import { choice, integer, MiB, text } from './knob.ts';

/** What is remembered and kept of predictions. */
export const evidenceKnobs = {
  GLIMPSE_RECENT_PREDICTIONS: integer(
    10_000,
    'How many predictions are remembered, without their images, so that a true class can be attached to them; 0: none.',
  ),
  GLIMPSE_PREDICTION_LOG: text(
    '',
    'Where predictions are logged: a folder or s3://bucket/prefix of their own; empty: nowhere.',
  ),
  GLIMPSE_PREDICTION_LOG_PERCENT: integer(100, 'Of a hundred calls, how many are logged.'),
  GLIMPSE_PREDICTION_LOG_IMAGES: choice(
    'none',
    ['none', 'warned', 'all'],
    'Whose image files are kept with the log: of none, of logged predictions with a warning, or of all that are logged.',
  ),
  GLIMPSE_PREDICTION_LOG_REDACT: text(
    '',
    'What is left out of the lines of the log, with commas between: class, score, warnings, provenance, brightness, contrast, modelDigest, preprocessingDigest.',
  ),
  GLIMPSE_PREDICTION_LOG_FLUSH_MS: integer(
    10_000,
    'After how long what was logged is written, as one object a model.',
    1,
  ),
  GLIMPSE_PREDICTION_LOG_FLUSH_BYTES: integer(
    MiB,
    'The same, as soon as so much waits to be written.',
    1,
  ),
  GLIMPSE_PREDICTION_LOG_BUFFER_BYTES: integer(
    16 * MiB,
    'Most memory of lines and images that wait to be written; what comes while it is full is dropped and counted.',
    1,
  ),
  GLIMPSE_PREDICTION_LOG_KEEP_DAYS: integer(
    30,
    'After how many days lines and images are removed; labelled ones stay.',
    1,
  ),
  GLIMPSE_PREDICTION_LOG_KEEP_BYTES: integer(
    10 * 1024 * MiB,
    'Most bytes of lines and images; the oldest days are removed first.',
    1,
  ),
};
