import { TextDecoder } from 'node:util';
import { readDecoded, readHead, type FileOnDisk, type ReadOptions } from './byte-source.ts';

/** The encoding that the mark at the beginning of a text says, when it is not UTF-8: Excel and Windows write it. */
function wideEncodingOf(head: Uint8Array): 'utf-16le' | 'utf-16be' | undefined {
  // Two zeros behind the mark are no character: other files may begin so.
  if (head[2] === 0 && head[3] === 0) return undefined;
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
  return head[0] === 0xfe && head[1] === 0xff ? 'utf-16be' : undefined;
}

/** The bytes of a text file as UTF-8; what is not marked as UTF-16 is given as it is. */
export async function* readText(file: FileOnDisk, options: ReadOptions): AsyncGenerator<Buffer> {
  let decoder: TextDecoder | undefined;
  let isFirst = true;
  for await (const chunk of readDecoded(file, options)) {
    if (isFirst) {
      const encoding = wideEncodingOf(chunk);
      decoder = encoding && new TextDecoder(encoding);
      isFirst = false;
    }
    yield decoder ? Buffer.from(decoder.decode(chunk, { stream: true })) : chunk;
  }
  const rest = Buffer.from(decoder?.decode() ?? '');
  if (rest.length > 0) yield rest;
}

/** The first bytes of a file, as UTF-8 where they are text: enough to recognise what it is. */
export async function readTextHead(file: FileOnDisk, bytes: number): Promise<Buffer> {
  const head = await readHead(file, bytes);
  const encoding = wideEncodingOf(head);
  if (encoding === undefined) return head;
  return Buffer.from(new TextDecoder(encoding).decode(head, { stream: true }));
}
