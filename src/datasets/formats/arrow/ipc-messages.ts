import type { Footer } from 'apache-arrow/ipc/metadata/file';
import type { Schema } from 'apache-arrow/schema';
import { compressionOf } from '../../bytes/compressions.ts';
import { checkFooter, checkMessage } from './check-metadata.ts';
import { cutOff, type PlacedBytes } from './placed-bytes.ts';
import type { ArrowLibrary, ArrowMessage } from './arrow-library.ts';

/** One message of a file or stream of Arrow: a dictionary, or some rows. */
export interface LocatedMessage {
  readonly message: ArrowMessage;
  /** Where its body begins, which is not read here. */
  readonly body: number;
}

/** Largest description of a message; that of rows names each column's buffers. */
const MAX_METADATA_BYTES = 16 * 1024 * 1024;
const FILE_MAGIC = 'ARROW1';
/** Enough to tell a file of Arrow, or how one is packed. */
const HEAD_BYTES = 16;
const CONTINUATION = 0xffffffff;

/** Whether a file begins as Arrow's files do, or as its streams. */
export function isArrow(head: Buffer): boolean {
  if (head.toString('latin1', 0, FILE_MAGIC.length) === FILE_MAGIC) return true;
  if (head.length < 12 || head.readUInt32LE(0) !== CONTINUATION) return false;
  // The description of a schema is padded to eight bytes, and begins with where its root is.
  const length = head.readInt32LE(4);
  return length % 8 === 0 && length <= MAX_METADATA_BYTES && head.readUInt32LE(8) < length;
}

/** What Arrow's bytes hold: the columns, and then dictionaries and rows, one message after the other. */
export interface ArrowContent {
  readonly schema: Schema;
  readonly messages: AsyncIterable<LocatedMessage>;
}

/**
 * Looks at the beginning of a stream, or at the end of a file, where its footer says where things are. No description
 * has more than `maxBytes`.
 */
export async function readContent(
  file: PlacedBytes,
  arrow: ArrowLibrary,
  maxBytes = MAX_METADATA_BYTES,
): Promise<ArrowContent> {
  const { size } = file;
  const head = await file.read(0, Math.min(size, HEAD_BYTES));
  if (head.toString('latin1', 0, FILE_MAGIC.length) === FILE_MAGIC) {
    return readFooter(file, arrow, size, maxBytes);
  }
  const compression = compressionOf(head);
  if (compression !== undefined) {
    throw new Error(
      `it is packed with ${compression}; unpack it, or use the compression of Arrow itself`,
    );
  }
  const messages = readStream(file, arrow, size, maxBytes);
  const first = await messages.next();
  if (first.done === true || !first.value.message.isSchema()) {
    throw new Error('it does not begin with its schema');
  }
  return { schema: first.value.message.header(), messages };
}

/** Some writers put no whole message of the schema at the beginning of a file: only the footer counts. */
async function readFooter(
  file: PlacedBytes,
  arrow: ArrowLibrary,
  size: number,
  maxBytes: number,
): Promise<ArrowContent> {
  const end = size - FILE_MAGIC.length - 4;
  const tail = await file.read(end, FILE_MAGIC.length + 4);
  const length = tail.readInt32LE(0);
  if (tail.toString('latin1', 4) !== FILE_MAGIC || length <= 0) throw cutOff();
  if (length > maxBytes) throw new Error(`its footer has more than ${maxBytes} bytes`);
  const bytes = await file.read(end - length, length);
  checkFooter(bytes);
  const footer = arrow.Footer.decode(bytes);
  return { schema: footer.schema, messages: readBlocks(file, arrow, footer, maxBytes) };
}

async function* readBlocks(
  file: PlacedBytes,
  { Message }: ArrowLibrary,
  footer: Footer,
  maxBytes: number,
): AsyncGenerator<LocatedMessage> {
  const blocks = [...footer.dictionaryBatches(), ...footer.recordBatches()];
  for (const { offset, metaDataLength } of blocks) {
    if (metaDataLength > maxBytes) throw cutOff();
    const bytes = await file.read(offset, metaDataLength);
    const start = bytes.readUInt32LE(0) === CONTINUATION ? 8 : 4;
    yield { message: decode(Message, bytes.subarray(start)), body: offset + metaDataLength };
  }
}

async function* readStream(
  file: PlacedBytes,
  { Message }: ArrowLibrary,
  size: number,
  maxBytes: number,
): AsyncGenerator<LocatedMessage> {
  for (let at = 0; at + 4 <= size;) {
    const start = await file.read(at, Math.min(8, size - at));
    const isMarked = start.readUInt32LE(0) === CONTINUATION;
    if (isMarked && start.length < 8) throw cutOff();
    // Before version 0.15 only the length stood here.
    const length = start.readInt32LE(isMarked ? 4 : 0);
    at += isMarked ? 8 : 4;
    if (length === 0) return;
    if (length > maxBytes) throw cutOff();
    const message = decode(Message, await file.read(at, length));
    at += length;
    yield { message, body: at };
    at += message.bodyLength;
  }
}

function decode(Message: ArrowLibrary['Message'], bytes: Buffer): ArrowMessage {
  checkMessage(bytes);
  return Message.decode(bytes);
}
