import { choice, integer, text } from './knob.ts';

/** Who works on jobs. */
export const jobKnobs = {
  GLIMPSE_JOBS: choice(
    'local',
    ['local', 'off', 'bullmq', 'aws-batch'],
    'Who works on jobs (trainings, imports, evaluations, batch predictions). local: this server, with its own disk. bullmq: workers (glimpse worker) behind a Redis; all servers of one GLIMPSE_REPOSITORY share their jobs, which lie in it. aws-batch: the same, with a container of AWS Batch for each job. off: nobody, they are refused.',
  ),
  GLIMPSE_REDIS_URL: text(
    '',
    'The Redis or Valkey of bullmq, redis://user:password@host:6379/0 or rediss:// with TLS. It must not evict keys (maxmemory-policy noeviction).',
  ),
  GLIMPSE_BATCH_QUEUE: text('', 'The job queue of aws-batch, by name or ARN.'),
  GLIMPSE_BATCH_DEFINITION: text(
    '',
    'The job definition of aws-batch, by name or ARN: this image with the command worker --job Ref::job, and the same repository.',
  ),
  GLIMPSE_SEARCH_MAX_TRIALS: integer(
    100,
    'Most trials of one hyperparameter search; each is a training of its own.',
    1,
  ),
  GLIMPSE_FEATURES_BYTES: integer(
    256 * 1024 * 1024,
    'How much of the disk (GLIMPSE_DATA_DIR/features) may hold what backbones found in pictures, so that the next training on them takes seconds. 0: nothing is kept.',
  ),
  GLIMPSE_JOBS_STALL_MS: integer(
    30_000,
    'How long a worker may not be heard of until its job is given to another one.',
    1_000,
  ),
};
