import { join, resolve } from 'node:path';
import { listOf, type Config } from '../config.ts';
import { createImagePreparer, type ImagePreparer } from '../image/prepare-image.ts';
import { packageRoot } from '../package.ts';
import { createRepository } from '../repository/model-repository.ts';
import { openStore } from '../repository/stores/open-store.ts';
import type { Repository } from '../repository/repository.ts';
import type { S3Options } from '../repository/stores/s3/s3-client.ts';
import type { Tracing } from '../tracing/tracing.ts';
import { createOutputPlaces, type OutputPlaces } from '../datasets/places/output-place.ts';
import { createDatasetStreams, type StreamDataset } from '../datasets/streaming/stream-dataset.ts';
import type { FeaturePlace } from '../training/transfer/kept-features.ts';
import type { DatasetRoots } from '../datasets/places/location.ts';
import {
  createDatasetCheck,
  createDatasetOpener,
  type DatasetCheck,
  type DatasetLimits,
  type DatasetOpener,
} from '../datasets/open.ts';

/** The parts that the server, the training process and the commands open in the same way. */

export function s3OptionsOf(config: Config, tracing?: Pick<Tracing, 'beginStoreCall'>): S3Options {
  return {
    ...(tracing && { onCall: tracing.beginStoreCall }),
    endpoint: config.GLIMPSE_S3_ENDPOINT,
    region: config.GLIMPSE_S3_REGION,
    forcePathStyle: config.GLIMPSE_S3_FORCE_PATH_STYLE,
    checksums: config.GLIMPSE_S3_CHECKSUMS,
    connectTimeoutMs: config.GLIMPSE_S3_CONNECT_TIMEOUT_MS,
    requestTimeoutMs: config.GLIMPSE_S3_REQUEST_TIMEOUT_MS,
    socketTimeoutMs: config.GLIMPSE_S3_SOCKET_TIMEOUT_MS,
    maxAttempts: config.GLIMPSE_S3_MAX_ATTEMPTS,
  };
}

/** The repository the configuration names. Close it. */
export function openRepository(
  config: Config,
  tracing?: Pick<Tracing, 'beginStoreCall'>,
): Repository {
  return createRepository({
    store: openStore(config.GLIMPSE_REPOSITORY, s3OptionsOf(config, tracing)),
    cacheDir: join(config.GLIMPSE_DATA_DIR, 'versions'),
    maxCacheBytes: config.GLIMPSE_VERSION_CACHE_BYTES || Infinity,
    maxArtifactBytes: config.GLIMPSE_MAX_ARTIFACT_BYTES,
    maxDatasetBytes: config.GLIMPSE_MAX_DATASET_BYTES,
    maxModels: config.GLIMPSE_MAX_MODELS,
    deleteGraceMs: config.GLIMPSE_DELETE_GRACE_MS,
    requireConditionalWrites: config.GLIMPSE_S3_CONDITIONAL_WRITES === 'on',
  });
}

/** The one way in which images become model input. Close it. */
export function openImages(
  config: Config,
  onWork?: (event: { decodeMs: number }) => void,
): ImagePreparer {
  return createImagePreparer({
    limits: {
      maxBytes: config.GLIMPSE_MAX_IMAGE_BYTES,
      maxPixels: config.GLIMPSE_MAX_PIXELS,
      maxFrames: config.GLIMPSE_MAX_FRAMES,
    },
    concurrency: config.GLIMPSE_DECODE_CONCURRENCY,
    queueSize: config.GLIMPSE_DECODE_QUEUE_SIZE,
    threads: config.GLIMPSE_CANONICALISE_THREADS,
    maxDigits: config.GLIMPSE_MAX_DIGITS,
    ...(onWork && { onWork }),
  });
}

/**
 * `fenced`: file: datasets must lie under the root of the configuration, as for any caller who is not
 * the user of this machine.
 */
export type Reach = 'fenced' | 'anywhere';

/** Datasets under the limits of the configuration, their images prepared by `images`. */
export function openDatasets(
  config: Config,
  images: ImagePreparer,
  reach: Reach = 'fenced',
): DatasetOpener {
  return createDatasetOpener(datasetPlaces(config, reach), datasetLimits(config), images);
}

/** Whether datasets are there and may be read, for callers who do not read them. */
export function openDatasetCheck(config: Config, reach: Reach = 'fenced'): DatasetCheck {
  return createDatasetCheck(datasetPlaces(config, reach), datasetLimits(config));
}

/** Datasets as streams, for what needs no labels. */
export function openDatasetStreams(
  config: Config,
  images: ImagePreparer,
  reach: Reach = 'fenced',
): StreamDataset {
  return createDatasetStreams(datasetPlaces(config, reach), datasetLimits(config), images);
}

/** Where predictions may be written: by the lists that datasets are read by, and never into what is the server's own. */
export function openOutputPlaces(config: Config, reach: Reach = 'fenced'): OutputPlaces {
  const { GLIMPSE_REPOSITORY, GLIMPSE_DATA_DIR, GLIMPSE_MNIST_DIR, GLIMPSE_PREDICTION_LOG } =
    config;
  const own = [GLIMPSE_REPOSITORY, GLIMPSE_DATA_DIR, GLIMPSE_MNIST_DIR, GLIMPSE_PREDICTION_LOG];
  return createOutputPlaces({
    root: reach === 'fenced' ? config.GLIMPSE_DATASET_ROOT : undefined,
    buckets: reach === 'fenced' ? listOf(config.GLIMPSE_DATASET_URIS) : undefined,
    // No log is written where it is left out; the empty path would be the working directory.
    reserved: own.filter((place) => place !== ''),
    openStore: (uri) => openStore(uri, s3OptionsOf(config)),
  });
}

function datasetPlaces(config: Config, reach: Reach): DatasetRoots {
  return {
    root: reach === 'fenced' ? config.GLIMPSE_DATASET_ROOT : undefined,
    buckets: reach === 'fenced' ? allowedBuckets(config) : undefined,
    mnistDir: config.GLIMPSE_MNIST_DIR,
    samplesDir: join(packageRoot, 'samples', 'digits'),
    openStore: (uri) => openStore(uri, s3OptionsOf(config)),
    openRepository: () => openRepository(config),
  };
}

/** What a server may read for its callers: its own repository, and what a setting allows by name. */
function allowedBuckets({
  GLIMPSE_REPOSITORY: uri,
  GLIMPSE_DATASET_URIS: listed,
}: Config): string[] {
  const own = /^s3:\/\//i.test(uri) ? [uri] : [];
  return [...own, ...listOf(listed)];
}

function datasetLimits(config: Config): DatasetLimits {
  return {
    maxExamples: config.GLIMPSE_MAX_EXAMPLES,
    maxBytes: config.GLIMPSE_MAX_DATASET_BYTES,
    maxEntries: config.GLIMPSE_MAX_ARCHIVE_ENTRIES,
    maxRatio: config.GLIMPSE_MAX_ARCHIVE_RATIO,
    maxImageBytes: config.GLIMPSE_MAX_IMAGE_BYTES,
  };
}

/** Where what backbones found in pictures is kept; nowhere where nothing may be. */
export function featurePlace(config: Config): { readonly features?: FeaturePlace } {
  const { GLIMPSE_DATA_DIR: dataDir, GLIMPSE_FEATURES_BYTES: maxBytes } = config;
  return maxBytes === 0 ? {} : { features: { folder: resolve(dataDir, 'features'), maxBytes } };
}
