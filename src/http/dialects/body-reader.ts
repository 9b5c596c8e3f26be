import { entryBeside } from '../../entry.ts';
import { wholeBuffers } from '../../threads.ts';
import { createWorkerPool } from '../../worker-pool.ts';
import { bytesOf, largeJsonBytes } from '../predict/json-parser.ts';
import { mostPerByte, unpackInstance } from '../predict/packed-instances.ts';
import {
  checkText,
  type BodyForm,
  type BodyReader,
  type ReadBack,
  type ReadBody,
  type SentBody,
} from './body-form.ts';

/** Tensors as bytes are copied, and their numbers converted, at about a millisecond for each megabyte. */
const largeBodyBytes = 1024 * 1024;
/** How fast a body is read on the thread, about. */
const bytesPerMs = 50_000;
const MiB = 1024 * 1024;
const leastHeapMiB = 64;

/** `memoryBytes` is what reading one body may take at most. */
export function createBodyReader(memoryBytes: () => number): BodyReader {
  const pool = createWorkerPool<SentBody, ReadBack>({
    entry: entryBeside(import.meta.url, 'dialect-worker'),
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
        checkText(form, body.subarray(0, jsonBytes), maxImages, memoryBytes());
        const read = form.read(body, head, maxImages);
        if (isView) return read;
        account.keepMore(read.instances.reduce((bytes, each) => bytes + bytesOf(each), 0));
        return read;
      }
      const expectedMs = body.length / bytesPerMs;
      account.expect(expectedMs);
      const maxBytes = memoryBytes();
      const needed = Math.min(mostPerByte * jsonBytes, maxBytes) + body.length;
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

/** What the form of that name makes of a body is what it asks for, also when it was made on a thread. */
function askedOf<Asked>(_form: BodyForm<Asked>, { asked }: ReadBack): Asked {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the thread has read it by the same form
  return asked as Asked;
}
