import { errors } from '../../errors.ts';
import type { FileOnDisk, ReadOptions } from './byte-source.ts';
import { readText } from './text-source.ts';

/** Longest line, and longest JSON text of one example. */
export const maxLineBytes = 64 * 1024 * 1024;
const NEWLINE = 10;

export interface TextLine {
  readonly text: string;
  readonly line: number;
}

/** The lines of a text file that are not blank, without its byte order mark. */
export async function* readLines(
  file: FileOnDisk,
  options: ReadOptions,
  maxBytes = maxLineBytes,
): AsyncGenerator<TextLine> {
  let line = 0;
  for await (const bytes of splitLines(readText(file, options), maxBytes)) {
    line += 1;
    const text = bytes.toString('utf8').replace(/^\uFEFF/, '');
    if (text.trim() !== '') yield { text, line };
  }
}

async function* splitLines(
  chunks: AsyncIterable<Buffer>,
  maxBytes: number,
): AsyncGenerator<Buffer> {
  let held: Buffer[] = [];
  let heldBytes = 0;
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      const rest = chunk.subarray(start, end);
      yield Buffer.concat([...held, rest]);
      [held, heldBytes, start] = [[], 0, end + 1];
    }
    held.push(chunk.subarray(start));
    heldBytes += chunk.length - start;
    if (heldBytes > maxBytes) {
      throw new errors.GLIMPSE_DATASET_INVALID(`a line is longer than ${maxBytes} bytes`);
    }
  }
  yield Buffer.concat(held);
}
