/** Takes exact numbers of bytes from a stream of chunks. */
export interface ByteReader {
  /** The next `count` bytes; undefined when there are not so many. */
  take(count: number): Promise<Buffer | undefined>;
  close(): Promise<void>;
}

/** Reads from chunks of any size. */
export function createByteReader(chunks: AsyncGenerator<Buffer>): ByteReader {
  let held: Buffer = Buffer.alloc(0);
  return {
    async take(count) {
      if (held.length < count) {
        const parts = [held];
        let length = held.length;
        while (length < count) {
          const next = await chunks.next();
          if (next.done === true) return undefined;
          parts.push(next.value);
          length += next.value.length;
        }
        held = Buffer.concat(parts);
      }
      const taken = held.subarray(0, count);
      held = held.subarray(count);
      return taken;
    },
    async close() {
      await chunks.return(undefined);
    },
  };
}
