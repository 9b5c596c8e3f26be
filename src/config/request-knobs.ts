import { availableParallelism, totalmem } from 'node:os';
import { integer, MiB } from './knob.ts';

const cores = availableParallelism();

/** What a request may cost. */
export const requestKnobs = {
  GLIMPSE_MEMORY_BUDGET_BYTES: integer(
    memoryBudget(),
    'Memory this process and its cells keep to: what it holds at rest, what cells have, and what requests are given of the rest before they take it.',
    64 * MiB,
    '80 % of the container’s memory, or half of the machine’s',
  ),
  GLIMPSE_BODY_LIMIT_BYTES: integer(32 * MiB, 'Largest body of a predict call.', 1),
  GLIMPSE_MAX_IMAGES_PER_REQUEST: integer(256, 'Most images in one predict call.', 1),
  GLIMPSE_MAX_IMAGE_BYTES: integer(20 * MiB, 'Largest encoded image.', 1),
  GLIMPSE_MAX_PIXELS: integer(
    50_000_000,
    'Most pixels of one image (width x height), checked before it is decoded.',
    1,
  ),
  GLIMPSE_MAX_FRAMES: integer(
    1_000,
    'Most frames of an animated image; only the first is read.',
    1,
  ),
  GLIMPSE_MAX_DIGITS: integer(
    64,
    'Most digits of one picture whose digits are all read (read=line).',
    1,
  ),
  GLIMPSE_DECODE_CONCURRENCY: integer(
    cores,
    'How many images are decoded at once.',
    1,
    'one per core',
  ),
  GLIMPSE_DECODE_QUEUE_SIZE: integer(1_024, 'Most images waiting to be decoded.', 1),
  GLIMPSE_CANONICALISE_THREADS: integer(
    Math.max(1, cores - 1),
    'Worker threads that find the ink in real images, and as many that read JPEGs for other contracts.',
    1,
    'one per core but one',
  ),
  GLIMPSE_REQUEST_TIMEOUT_MS: integer(
    30_000,
    'Deadline of a predict call, and the cap of x-request-timeout-ms.',
    1,
  ),
  GLIMPSE_RECEIVE_TIMEOUT_MS: integer(
    300_000,
    'Longest time any request, a training upload too, may take to arrive.',
    1,
  ),
  GLIMPSE_HEADERS_TIMEOUT_MS: integer(
    15_000,
    'Longest time the head of a request may take to arrive.',
    1,
  ),
  GLIMPSE_MAX_CONNECTIONS: integer(
    4096,
    'Most open connections of a port; further ones are closed at once.',
    1,
  ),
  GLIMPSE_MAX_CONNECTIONS_PER_ADDRESS: integer(
    2048,
    'Most of them from one address, so that nobody takes all places of the others.',
    1,
  ),
  GLIMPSE_KEEP_ALIVE_TIMEOUT_MS: integer(
    72_000,
    'How long an idle connection stays open; keep it above the load balancer’s idle timeout.',
    1,
  ),
};

/** A container is ended above its limit, and more lives in it than what is counted here. */
function memoryBudget(): number {
  const machine = totalmem();
  const limit = process.constrainedMemory();
  const isContained = limit !== undefined && limit > 0 && limit < machine;
  return Math.max(64 * MiB, Math.floor(isContained ? limit * 0.8 : machine * 0.5));
}
