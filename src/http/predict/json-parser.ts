import { entryBeside } from '../../entry.ts';
import type { RequestAccount } from '../../admission/ledger.ts';
import type { CancelSignal } from '../../cancellation.ts';
import type { Instance } from '../../serving/prepare-instances.ts';
import { wholeBuffers } from '../../threads.ts';
import { createWorkerPool } from '../../worker-pool.ts';
import { unpackInstance, type PackedBody, type PackedInstances } from './packed-instances.ts';
import { JsonScan, type JsonCounts, type JsonLimits } from './json-scan.ts';

/** Larger bodies are read on a thread of their own: this many bytes cost the event loop a millisecond or two. */
export const largeJsonBytes = 128 * 1024;

/** Reads bodies of JSON that are too large for the event loop. */
export interface JsonParser {
  /** Looks through a body of predictions while it comes in. */
  scan(maxImages: number): JsonScan;
  /** The instances of a body that was looked through; its bytes are gone afterwards. */
  read(
    body: Buffer,
    maxImages: number,
    counts: JsonCounts,
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
    scan: (maxImages) => new JsonScan(limitsOf(maxImages)),
    async read(body, maxImages, counts, { account, signal }) {
      const expectedMs = body.length / bytesPerMs;
      account.expect(expectedMs);
      const packed = await pool.run(
        { body, maxImages },
        {
          signal,
          turn: { flow: account.flow, expectedMs },
          prepare: () => account.hold(parsedBytes(counts), signal),
          transfer: [...wholeBuffers(body)],
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

/** {"instances": [[rows of [columns of [channels]]]]} is as deep as it gets; texts are keys, base64 and data URLs. */
function limitsOf(maxImages: number): JsonLimits {
  return { depth: 5, objects: 1 + maxImages, strings: 16 + 4 * maxImages };
}

/** What reading takes at most: the text, the texts in it and the images they become, and what V8 makes of the rest. */
function parsedBytes({ bytes, separators, arrays, objects, strings }: JsonCounts): number {
  return 4 * bytes + 24 * separators + 64 * (arrays + objects + strings);
}

function bytesOf(instance: Instance): number {
  if (instance.kind === 'image') return instance.bytes.byteLength;
  return instance.kind === 'packed' ? instance.values.byteLength : 0;
}
