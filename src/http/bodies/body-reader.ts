import type { Entry } from '../../entry.ts';
import type { Instance } from '../../serving/prepare-instances.ts';
import { wholeBuffers } from '../../threads.ts';
import { createWorkerPool } from '../../worker-pool.ts';
import { mostPerByte, unpackInstance } from './packed-instances.ts';
import {
  readChecked,
  type BodyForm,
  type BodyReader,
  type ReadBack,
  type ReadBody,
  type SentBody,
} from './body-form.ts';

/** Larger texts are read on a thread of their own: this many bytes cost the event loop a millisecond or two. */
export const largeJsonBytes = 256 * 1024;
/** Tensors as bytes are copied, and their numbers converted, at about a millisecond for each megabyte. */
export const largeBodyBytes = 1024 * 1024;
/** How fast a body is read on the thread, about. */
const bytesPerMs = 50_000;
const MiB = 1024 * 1024;
const leastHeapMiB = 64;

/** `memoryBytes` is what reading one body may take at most; `entry` is the thread that reads large ones. */
export function createBodyReader(entry: Entry, memoryBytes: () => number): BodyReader {
  const pool = createWorkerPool<SentBody, ReadBack>({
    entry,
    does: 'reads bodies',
    threads: 1,
    heapMiB: () => Math.max(leastHeapMiB, Math.ceil(memoryBytes() / MiB)),
  });
  return {
    async read<Asked>(
      form: BodyForm<Asked>,
      body: Buffer,
      request: Parameters<BodyReader['read']>[2],
    ): Promise<ReadBody<Asked>> {
      const { head, maxImages, account, signal } = request;
      const jsonBytes = form.jsonBytes(body, head);
      const isView = form.isView === true && jsonBytes === 0;
      const isSmall = jsonBytes <= largeJsonBytes && body.length <= largeBodyBytes;
      if (isSmall || isView) {
        const read = readChecked(form, { body, head, maxImages, maxBytes: memoryBytes() });
        if (isView) return read;
        account.keepMore(read.instances.reduce((bytes, each) => bytes + addedBytes(each, body), 0));
        return read;
      }
      const expectedMs = body.length / bytesPerMs;
      account.expect(expectedMs);
      const maxBytes = memoryBytes();
      const needed = Math.min(mostPerByte * jsonBytes, maxBytes) + body.length - jsonBytes;
      const back = await pool.run(
        { form: form.name, body, head, maxImages, maxBytes },
        {
          signal,
          turn: { flow: account.flow, expectedMs },
          prepare: () => account.hold(needed, signal),
          transfer: wholeBuffers(body),
        },
      );
      const instances = back.instances.map(unpackInstance);
      account.keep(instances.reduce((bytes, each) => bytes + bytesOf(each), 0));
      return { instances, asked: askedOf(form, back) };
    },
    close: () => pool.close(),
  };
}

/** What an instance takes in memory besides its lists. */
function bytesOf(instance: Instance): number {
  if (instance.kind === 'image') return instance.bytes.byteLength;
  const isPacked = instance.kind === 'packed' || instance.kind === 'tensor';
  return isPacked ? instance.values.byteLength : 0;
}

/** The same, without what are numbers of the body where they lie. */
function addedBytes(instance: Instance, { buffer }: Buffer): number {
  const isView = instance.kind === 'tensor' && instance.values.buffer === buffer;
  return isView ? 0 : bytesOf(instance);
}

/** What the form of that name makes of a body is what it asks for, also when it was made on a thread. */
function askedOf<Asked>(_form: BodyForm<Asked>, { asked }: ReadBack): Asked {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the thread has read it by the same form
  return asked as Asked;
}
