import { randomBytes } from 'node:crypto';

/**
 * Names for the batches of one batcher, `b4f2a91c0-1` and so on: what is drawn once tells them from those of every
 * other version and process, and to count is cheaper than to draw for each. A token in the sense of RFC 9651.
 */
export function createBatchIds(): () => string {
  const batcher = `b${randomBytes(4).toString('hex')}`;
  let count = 0;
  return () => {
    count += 1;
    return `${batcher}-${count}`;
  };
}
