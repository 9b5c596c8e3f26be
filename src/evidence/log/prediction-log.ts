import { randomBytes } from 'node:crypto';
import type { ArtifactStore } from '../../repository/stores/artifact-store.ts';
import { readPredictionId } from '../prediction-id.ts';
import type { PredictedCall, PredictedImage } from '../predicted-call.ts';
import { imageKey, linesKey } from './log-keys.ts';
import { lineOf, type LogLine, type RedactableField } from './log-line.ts';

/**
 * Predictions on their way to a store. To record one is to put it into a bounded buffer: it never waits and never
 * throws, and what finds no room is dropped and counted.
 */
export interface PredictionLog {
  record(call: PredictedCall): void;
  /** Whether a prediction was recorded, and is not written yet. */
  holds(id: string): boolean;
  /** Writes all that was recorded until now. Never rejects: what the store did not take waits for the next time. */
  flush(): Promise<void>;
  /** Objects were removed from the store: an image that comes again is written again. */
  forgetImages(): void;
  /** Takes nothing more, and writes what waits once; what the store does not take then is dropped and counted. */
  close(): Promise<void>;
}

export interface PredictionLogOptions {
  readonly store: ArtifactStore;
  /** The share of calls that are recorded, 0 to 1. */
  readonly share: number;
  readonly images: 'none' | 'warned' | 'all';
  readonly redacted: ReadonlySet<RedactableField>;
  readonly flushMs: number;
  readonly flushBytes: number;
  readonly bufferBytes: number;
  readonly on?: PredictionLogEvents;
  /** From 0 to 1. */
  readonly random?: () => number;
}

export interface PredictionLogEvents {
  onWritten?(lines: number): void;
  /** full: there was no room in the buffer. closed: the store did not take it before the end. */
  onDropped?(reason: 'full' | 'closed', lines: number): void;
  onFailure?(error: unknown): void;
}

/** A larger image is not kept: it would take the room of a thousand lines. */
const MAX_IMAGE_BYTES = 4 * 1024 * 1024;
/** About what a line takes while it waits. */
const LINE_BYTES = 600;
/** Images of the same bytes are written once, as far as so many of the last digests tell. */
const MAX_KNOWN_IMAGES = 10_000;
/** After failures the store is asked less often: at most so many times the usual time apart. */
const MAX_BACKOFF = 32;

interface Entry {
  readonly line: LogLine;
  readonly time: number;
  readonly file: Uint8Array | undefined;
}

export function createPredictionLog(options: PredictionLogOptions): PredictionLog {
  const { share, flushMs, flushBytes, on = {}, random = Math.random } = options;
  const writer = createWriter(options.store);
  const buffer = createBuffer(options);
  let failures = 0;
  let writing: Promise<void> | undefined;
  let isClosed = false;
  let timer: NodeJS.Timeout | undefined;

  const wait = (): void => {
    if (timer || isClosed) return;
    timer = setTimeout(() => void flush(), flushMs * Math.min(MAX_BACKOFF, 2 ** failures)).unref();
  };
  /** One model after the other; what is left after a failure waits again. */
  const writeAll = async (): Promise<void> => {
    let hasFailed = false;
    for (const [model, own] of byModel(buffer.waiting())) {
      try {
        await writer.write(model, own);
        buffer.remove(own);
        on.onWritten?.(own.length);
      } catch (error) {
        hasFailed = true;
        on.onFailure?.(error);
        break;
      }
    }
    failures = hasFailed ? failures + 1 : 0;
  };
  const flush = async (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    // What is being written was there before what was recorded a moment ago.
    await writing;
    await (writing ??= writeAll().finally(() => {
      writing = undefined;
    }));
    if (buffer.size() > 0) wait();
  };

  return {
    record(call) {
      if (isClosed || random() >= share) return;
      const dropped = buffer.add(call);
      if (dropped > 0) on.onDropped?.('full', dropped);
      if (buffer.bytes() >= flushBytes && failures === 0 && !writing) void flush();
      else if (buffer.size() > 0) wait();
    },
    holds: (id) => buffer.waiting().some(({ line }) => line.id === id),
    flush,
    forgetImages: () => writer.forgetImages(),
    async close() {
      isClosed = true;
      await flush();
      if (buffer.size() > 0) await flush();
      if (buffer.size() > 0) on.onDropped?.('closed', buffer.size());
    },
  };
}

/** Lines that wait, and their images, within their bytes; those that are being written are counted until they are. */
function createBuffer({
  images,
  redacted,
  bufferBytes,
}: Pick<PredictionLogOptions, 'images' | 'redacted' | 'bufferBytes'>) {
  const entries = new Set<Entry>();
  let bytes = 0;
  return {
    bytes: () => bytes,
    size: () => entries.size,
    waiting: () => [...entries],
    remove(written: readonly Entry[]): void {
      for (const entry of written) if (entries.delete(entry)) bytes -= sizeOf(entry.file);
    },
    /** How many of its images found no room. */
    add(call: PredictedCall): number {
      const time = readPredictionId(call.id)?.time ?? Date.now();
      let dropped = 0;
      for (const image of call.images) {
        const file = isKept(image, images) ? image.file : undefined;
        if (bytes + sizeOf(file) > bufferBytes) dropped += 1;
        else {
          bytes += sizeOf(file);
          // The file is a part of the body of a request, which would be held by it.
          const own = file && Uint8Array.from(file);
          entries.add({ line: lineOf(call, image, time, redacted), time, file: own });
        }
      }
      return dropped;
    },
  };
}

function sizeOf(file: Uint8Array | undefined): number {
  return LINE_BYTES + (file?.length ?? 0);
}

function isKept(
  { file, warnings }: PredictedImage,
  images: PredictionLogOptions['images'],
): boolean {
  if (!file || file.length > MAX_IMAGE_BYTES) return false;
  return images === 'all' || (images === 'warned' && warnings.length > 0);
}

function byModel(entries: readonly Entry[]): Map<string, Entry[]> {
  const models = new Map<string, Entry[]>();
  for (const entry of entries) {
    const own = models.get(entry.line.model);
    if (own) own.push(entry);
    else models.set(entry.line.model, [entry]);
  }
  return models;
}

/** Writes entries of one model: their images first, so that whoever reads a line finds its image. */
function createWriter(store: ArtifactStore) {
  const writer = randomBytes(4).toString('hex');
  const known = new Set<string>();
  let number = 0;
  const writeImage = async (model: string, { time, file }: Entry): Promise<string | undefined> => {
    if (!file) return undefined;
    // Off this thread, which has predictions to answer.
    const bytes = new Uint8Array(file);
    const digest = Buffer.from(await crypto.subtle.digest('SHA-256', bytes)).toString('hex');
    const key = imageKey(model, time, digest);
    if (known.has(key)) return digest;
    await store.write(key, bytes);
    if (known.size >= MAX_KNOWN_IMAGES) known.clear();
    known.add(key);
    return digest;
  };
  const writeLines = async (model: string, entries: readonly Entry[]): Promise<void> => {
    const lines: string[] = [];
    for (const entry of entries) {
      const image = await writeImage(model, entry);
      lines.push(JSON.stringify(image === undefined ? entry.line : { ...entry.line, image }));
    }
    const times = entries.map(({ time }) => time);
    number += 1;
    const name = { first: times[0]!, last: times.at(-1)!, writer, number };
    await store.write(linesKey(model, name), Buffer.from(`${lines.join('\n')}\n`));
  };
  return { write: writeLines, forgetImages: () => known.clear() };
}
