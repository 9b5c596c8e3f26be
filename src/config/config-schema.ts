import { availableParallelism } from 'node:os';
import { accessKnobs } from './access-knobs.ts';
import { evidenceKnobs } from './evidence-knobs.ts';
import { hostingKnobs } from './hosting-knobs.ts';
import { jobKnobs } from './job-knobs.ts';
import { loadingKnobs } from './loading-knobs.ts';
import { modelKnobs } from './model-knobs.ts';
import { choice, integer, MiB, text } from './knob.ts';
import { requestKnobs } from './request-knobs.ts';
import { Type } from '../schema/builder.ts';

const cores = availableParallelism();

/** Every knob of Glimpse: environment variables only, one sentence each. */
export const ConfigSchema = Type.Object({
  // where
  GLIMPSE_HOST: text('0.0.0.0', 'Address to listen on.'),
  GLIMPSE_PORT: Type.Integer({
    default: 8080,
    minimum: 0,
    maximum: 65535,
    description: 'Port to listen on; 0 takes a free one.',
  }),
  GLIMPSE_REPOSITORY: text(
    './models',
    'Where model versions and stored datasets are kept: a folder or s3://bucket/prefix.',
  ),
  GLIMPSE_DATA_DIR: text(
    './.glimpse',
    'Folder for downloaded versions, job records, checkpoints and uploads.',
  ),
  GLIMPSE_DATASET_ROOT: text('./data', 'file: datasets must lie under this folder.'),
  GLIMPSE_MNIST_DIR: text(
    './data/mnist',
    'Folder with the MNIST IDX files, used by the defaults of /train and by the demo.',
  ),
  GLIMPSE_DEFAULT_MODEL: text('digits', 'The model that POST /predict asks.'),
  GLIMPSE_DIALECTS: text(
    'oip,tfserving,sagemaker,torchserve',
    'APIs of other model servers that are spoken beside its own, with commas between (docs/dialects.md); none: no other.',
  ),
  GLIMPSE_CONSOLE: choice(
    'on',
    ['on', 'off'],
    'The page for people at /console, and at / for browsers; off: none. What it shows it asks of the calls, with the key of whoever looks.',
  ),
  GLIMPSE_GRPC_PORT: Type.Integer({
    default: 0,
    minimum: 0,
    maximum: 65535,
    description:
      'A second port that speaks the Open Inference Protocol over gRPC (Triton takes 8001); 0: none.',
  }),
  GLIMPSE_PROCESSES: integer(
    1,
    'How many processes answer predictions at this port; 0: one for each core. Memory, decoding and queues are shared among them, and one of them has the jobs and takes the calls of management.',
  ),
  GLIMPSE_BASE_PATH: text(
    '',
    'What stands before all addresses for callers, where a proxy or an application around this one takes it off: /glimpse. The contract, the page of the contract and the headers location name it.',
  ),
  GLIMPSE_LOG_LEVEL: choice(
    'info',
    ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
    'Least severe log line to write.',
  ),
  // who may do what
  ...accessKnobs,
  // repository
  GLIMPSE_POLL_INTERVAL_MS: integer(
    15_000,
    'How often the labels of each model are read (a conditional request), with jitter; 0 never.',
  ),
  GLIMPSE_RESCAN_INTERVAL_MS: integer(
    300_000,
    'How often the whole repository is listed for models and versions that no label announced; 0 never.',
  ),
  GLIMPSE_START_WAIT_MS: integer(
    5_000,
    'How long a start waits for a repository that does not answer; then the server starts from what is kept of it in GLIMPSE_DATA_DIR, marked stale.',
  ),
  ...loadingKnobs,
  GLIMPSE_SHADOW_IMAGES: integer(
    8,
    'Images of answered requests that wait to be shown to another version, or are being shown, at most; further ones are dropped.',
    1,
  ),
  GLIMPSE_METRICS_MODELS: integer(
    100,
    'How many models have metrics of their own; further ones are counted together as "other".',
    1,
  ),
  GLIMPSE_EMF_INTERVAL_SECONDS: integer(
    0,
    'How often the metrics that alarms and scaling go by are written into the log in the Embedded Metric Format of CloudWatch; 0 never.',
  ),
  GLIMPSE_EMF_NAMESPACE: text('Glimpse', 'The namespace of these metrics in CloudWatch.'),
  GLIMPSE_MAX_MODELS: integer(
    1000,
    'How many models there may be; training or publishing a further one is refused.',
    1,
  ),
  GLIMPSE_MAX_ARTIFACT_BYTES: integer(
    1024 * MiB,
    'Largest file of a version that is downloaded, and largest upload of a model.',
    1,
  ),
  GLIMPSE_VERSION_CACHE_BYTES: integer(
    10 * 1024 * MiB,
    'How much disk the versions downloaded from S3 may take; those opened longest ago go first, and those that a label names stay whatever they take. 0: no limit.',
  ),
  GLIMPSE_S3_ENDPOINT: text('', 'Another S3-compatible server; empty means AWS.'),
  GLIMPSE_S3_REGION: text(
    '',
    'Region; empty takes the usual AWS settings, or us-east-1 with an endpoint.',
  ),
  GLIMPSE_S3_FORCE_PATH_STYLE: choice(
    'auto',
    ['auto', 'on', 'off'],
    'Bucket in the path instead of the host name; auto: on with an endpoint.',
  ),
  GLIMPSE_S3_CHECKSUMS: choice(
    'auto',
    ['auto', 'always', 'required'],
    'When uploads carry CRC32 checksums; auto: always on AWS, only where required with an endpoint.',
  ),
  GLIMPSE_S3_CONDITIONAL_WRITES: choice(
    'on',
    ['on', 'off'],
    'off publishes to a store without conditional writes; only safe with a single writer.',
  ),
  GLIMPSE_S3_EVENTS_QUEUE: text(
    '',
    'The address of an SQS queue of this server’s own that the bucket sends its events to: one of them has the repository read at once, not only after GLIMPSE_POLL_INTERVAL_MS.',
  ),
  GLIMPSE_S3_CONNECT_TIMEOUT_MS: integer(2_000, 'Longest wait for a connection to S3.', 1),
  GLIMPSE_S3_REQUEST_TIMEOUT_MS: integer(10_000, 'Longest wait for the head of an S3 answer.', 1),
  GLIMPSE_S3_SOCKET_TIMEOUT_MS: integer(15_000, 'Longest silence in the middle of an S3 body.', 1),
  GLIMPSE_S3_MAX_ATTEMPTS: integer(4, 'How often an S3 call is tried in all.', 1),
  // requests
  ...requestKnobs,
  // batching
  GLIMPSE_MAX_BATCH_SIZE: integer(
    64,
    'Most images in one run of a model. How many a model really gets is measured when it is loaded: as few as are nearly as fast.',
    1,
  ),
  GLIMPSE_MAX_QUEUE_DELAY_MS: integer(
    0,
    'How long an idle model waits for more images before it runs; 0 never waits.',
  ),
  GLIMPSE_MAX_QUEUE_SIZE: integer(1_024, 'Most images waiting for one version.', 1),
  GLIMPSE_INLINE_BUDGET_MS: Type.Number({
    default: 5,
    minimum: 0,
    description:
      'No batch that was measured slower than this runs on the thread that answers requests.',
  }),
  GLIMPSE_RUNTIME_THREADS: integer(1, 'Threads one run of a model may use.', 1),
  // models
  ...modelKnobs,
  // what is known of predictions afterwards
  ...evidenceKnobs,
  // where others host it
  ...hostingKnobs,
  // shutdown
  GLIMPSE_DRAIN_DELAY_MS: integer(
    3_000,
    'After SIGTERM: how long the server still takes requests while /readyz already fails.',
  ),
  GLIMPSE_SHUTDOWN_GRACE_MS: integer(
    25_000,
    'After SIGTERM: the longest until the process ends, drain delay included.',
    1,
  ),
  // training
  ...jobKnobs,
  GLIMPSE_TRAIN_QUEUE_SIZE: integer(16, 'Most jobs waiting, all kinds together.', 1),
  GLIMPSE_TRAIN_BODY_LIMIT_BYTES: integer(512 * MiB, 'Largest upload of a training call.', 1),
  GLIMPSE_TRAIN_MEMORY_BYTES: integer(
    2048 * MiB,
    'A job’s process with more resident memory than this is stopped; up to two run at once.',
    64 * MiB,
  ),
  GLIMPSE_TRAIN_THREADS: integer(
    Math.min(2, Math.max(1, cores - 1)),
    'Threads a training process may keep busy; with 2, augmented examples are made beside the step, and batches are shared where a request says so.',
    1,
    'two, or one where that would leave no core for serving',
  ),
  GLIMPSE_TRAIN_NICE: Type.Integer({
    default: 10,
    minimum: 0,
    maximum: 19,
    description: 'How far the training process stands back for serving (nice).',
  }),
  GLIMPSE_PUBLISH_RETRY_MS: integer(
    300_000,
    'How long a training tries again to compare, publish and release its net while the repository does not answer; after that the net stays on disk with its job (POST /train/{id}/publish).',
  ),
  GLIMPSE_CHECKPOINT_INTERVAL_MS: integer(
    10_000,
    'How often a training job is saved, so that it goes on from there after a crash or restart.',
  ),
  GLIMPSE_MAX_EXAMPLES: integer(1_000_000, 'Most examples of a dataset.', 1),
  GLIMPSE_MAX_DATASET_BYTES: integer(
    8192 * MiB,
    'Largest dataset file, counted after decompression.',
    1,
  ),
  GLIMPSE_MAX_ARCHIVE_ENTRIES: integer(
    2_000_000,
    'Most files in the archive or folder of a dataset.',
    1,
  ),
  GLIMPSE_MAX_ARCHIVE_RATIO: integer(
    200,
    'Most bytes that one packed byte of a dataset’s archive may become.',
    1,
  ),
  GLIMPSE_JOB_HISTORY: integer(200, 'How many ended jobs are remembered.', 1),
  GLIMPSE_JOB_LOG_BYTES: integer(
    MiB,
    'How much of the log of one job is kept: its beginning and its newest part.',
    4096,
  ),
});
