/**
 * An image to ask about, as its caller has it: bytes, a Blob or File, a stream of bytes (of Node or of the web), or an address:
 * file:, data: and http: are read by the client, not by the server.
 */
export type ImageSource =
  Uint8Array | ArrayBuffer | Blob | ReadableStream<Uint8Array> | AsyncIterable<Uint8Array> | URL;

/** All of an image, so that it can be sent again. TypeError for what is none. */
export async function blobOf(source: ImageSource, fetch: typeof globalThis.fetch): Promise<Blob> {
  if (source instanceof Blob) return source;
  if (source instanceof ArrayBuffer) return new Blob([source]);
  if (ArrayBuffer.isView(source)) return new Blob([copyOf(source)]);
  if (source instanceof URL) return blobAt(source, fetch);
  // Not every browser lets a stream be iterated over.
  if (source instanceof ReadableStream) return new Response(source).blob();
  if (isIterable(source)) return blobFrom(source);
  throw new TypeError(
    'An image is given as bytes, a Blob or File, a stream, or a URL. A path is one by pathToFileURL.',
  );
}

async function blobAt(url: URL, fetch: typeof globalThis.fetch): Promise<Blob> {
  if (url.protocol === 'file:') {
    const { readFile } = await import('node:fs/promises');
    return new Blob([copyOf(await readFile(url))]);
  }
  const response = await fetch(url);
  if (!response.ok)
    throw new TypeError(`${url.href} answered ${response.status} instead of an image`);
  return response.blob();
}

async function blobFrom(stream: AsyncIterable<Uint8Array>): Promise<Blob> {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  for await (const piece of stream) {
    if (!ArrayBuffer.isView(piece)) throw new TypeError('The stream of an image must give bytes.');
    pieces.push(copyOf(piece));
  }
  return new Blob(pieces);
}

function isIterable(source: unknown): source is AsyncIterable<Uint8Array> {
  return typeof source === 'object' && source !== null && Symbol.asyncIterator in source;
}

/** Bytes in memory of their own: a Blob takes none that is shared. */
function copyOf(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes);
}
