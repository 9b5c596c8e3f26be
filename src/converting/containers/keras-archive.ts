import type { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import { fromBufferPromise, type Entry, type ZipFile } from 'yauzl';
import { errors, messageOf } from '../../errors.ts';
import { shown, unreadable } from '../refusals.ts';

/** No configuration is longer: those of the largest nets of keras.applications have half a megabyte. */
const mostConfigBytes = 64 * 1024 * 1024;
const mostEntries = 10_000;
/** Weights shrink little when they are packed; Keras itself refuses what grows more. */
const mostExpansion = 200;
const smallBytes = 16 * 1024 * 1024;

/** The files of a .keras archive that make up the model. */
export interface KerasArchive {
  readonly config: string;
  readonly metadata: string | undefined;
  readonly weights: Uint8Array;
}

const configFile = 'config.json';
const metadataFile = 'metadata.json';
const weightsFile = 'model.weights.h5';

/** Whether the bytes begin as a ZIP file does. */
export function isZip(bytes: Uint8Array): boolean {
  return [0x50, 0x4b, 0x03, 0x04].every((byte, at) => bytes[at] === byte);
}

/** Unpacks a .keras file, none of whose entries may be larger than it says, and together not than `maxBytes`. */
export async function readKerasArchive(bytes: Uint8Array, maxBytes: number): Promise<KerasArchive> {
  try {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const zip = await fromBufferPromise(buffer, { validateEntrySizes: true });
    const entries = await entriesOf(zip);
    const read = async (name: string, most: number): Promise<Buffer | undefined> => {
      const entry = entries.get(name);
      return entry && (await readEntry(zip, entry, most));
    };
    const config = await read(configFile, mostConfigBytes);
    const weights = await read(weightsFile, maxBytes);
    if (!config || !weights) {
      const missing = config ? weightsFile : configFile;
      throw unreadable(
        `it is a ZIP file without ${missing}, and so no .keras file; of another one unpack the model, or send it to POST /models/{model}/versions`,
      );
    }
    const metadata = await read(metadataFile, mostConfigBytes);
    return { config: config.toString(), metadata: metadata?.toString(), weights };
  } catch (error) {
    if (error instanceof Error && 'statusCode' in error) throw error;
    throw unreadable(`its ZIP file is broken (${messageOf(error)})`);
  }
}

async function entriesOf(zip: ZipFile): Promise<Map<string, Entry>> {
  const entries = new Map<string, Entry>();
  for await (const entry of zip.eachEntry()) {
    if (entries.has(entry.fileName)) throw unreadable(`it holds ${shown(entry.fileName)} twice`);
    entries.set(entry.fileName, entry);
    if (entries.size > mostEntries) throw unreadable(`it holds more than ${mostEntries} files`);
  }
  return entries;
}

async function readEntry(zip: ZipFile, entry: Entry, most: number): Promise<Buffer> {
  const { uncompressedSize, compressedSize } = entry;
  if (uncompressedSize > most) throw new errors.GLIMPSE_MODEL_FILE_TOO_LARGE(most);
  if (uncompressedSize > smallBytes && uncompressedSize > mostExpansion * compressedSize) {
    throw unreadable(
      `${shown(entry.fileName)} unpacks to ${uncompressedSize} bytes from ${compressedSize}`,
    );
  }
  const stream: Readable = await zip.openReadStreamPromise(entry);
  const chunks: Buffer[] = [];
  for await (const chunk of stream) if (Buffer.isBuffer(chunk)) chunks.push(chunk);
  const [only] = chunks;
  const bytes = chunks.length === 1 && only ? only : Buffer.concat(chunks);
  if (crc32(bytes) !== entry.crc32) throw unreadable(`${shown(entry.fileName)} is damaged (CRC)`);
  return bytes;
}
