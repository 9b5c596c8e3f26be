import { entryBeside } from '../../entry.ts';
import type { RequestAccount } from '../../admission/ledger.ts';
import type { CancelSignal } from '../../cancellation.ts';
import type { Instance } from '../../serving/prepare-instances.ts';
import { wholeBuffers } from '../../threads.ts';
import { createWorkerPool } from '../../worker-pool.ts';
import {
  jsonLimits,
  mostPerByte,
  unpackInstance,
  type PackedBody,
  type PackedInstances,
} from './packed-instances.ts';
import { JsonScan } from '../json-scan.ts';

/** Larger bodies are read on a thread of their own: this many bytes cost the event loop a millisecond or two. */
export const largeJsonBytes = 256 * 1024;

/** Looking through this much of a body costs the event loop another millisecond. */
const watchedBytes = 512 * 1024;

/** Reads bodies of JSON that are too large for the event loop. */
export interface JsonParser {
  /** Looks through the beginning of a body while it comes in: what cannot be meant seldom hides behind what can. */
  watch(maxImages: number): (chunk: Uint8Array) => void;
  /** The instances of a body; its bytes are gone afterwards. */
  read(
    body: Buffer,
    maxImages: number,
    payer: { readonly account: RequestAccount; readonly signal: CancelSignal },
  ): Promise<Instance[]>;
  close(): Promise<void>;
}

/** `memoryBytes` is what reading one body may take at most. */
export function createJsonParser(memoryBytes: () => number): JsonParser {
  const pool = createWorkerPool<PackedBody, PackedInstances>({
    entry: entryBeside(import.meta.url, 'json-worker'),
    does: 'reads JSON',
    threads: 1,
    heapMiB: () => Math.max(leastHeapMiB, Math.ceil(memoryBytes() / MiB)),
  });
  return {
    watch(maxImages) {
      const scan = new JsonScan(jsonLimits(maxImages));
      return (chunk) => {
        if (scan.counts.bytes < watchedBytes) scan.push(chunk);
      };
    },
    async read(body, maxImages, { account, signal }) {
      const expectedMs = body.length / bytesPerMs;
      account.expect(expectedMs);
      const maxBytes = memoryBytes();
      const packed = await pool.run(
        { body, maxImages, maxBytes },
        {
          signal,
          turn: { flow: account.flow, expectedMs },
          prepare: () => account.hold(Math.min(mostPerByte * body.length, maxBytes), signal),
          transfer: wholeBuffers(body),
        },
      );
      const instances = packed.map(unpackInstance);
      account.keep(instances.reduce((bytes, each) => bytes + bytesOf(each), 0));
      return instances;
    },
    close: () => pool.close(),
  };
}

const MiB = 1024 * 1024;
const leastHeapMiB = 64;
/** How fast JSON is read, about. */
const bytesPerMs = 50_000;

/** What an instance takes in memory besides its lists. */
export function bytesOf(instance: Instance): number {
  if (instance.kind === 'image') return instance.bytes.byteLength;
  const isPacked = instance.kind === 'packed' || instance.kind === 'tensor';
  return isPacked ? instance.values.byteLength : 0;
}
