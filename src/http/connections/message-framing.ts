import type { IncomingMessage } from 'node:http';

/** Every head ends with these bytes, and so does a body in chunks: Node takes no other line ends. */
const headEnd = Buffer.from('\r\n\r\n');

/** The most of a body in chunks that is one piece: each of its chunks costs as much as a whole one. */
const maxChunkedBytes = 8 * 1024;

/**
 * Cuts what a connection sends into pieces that hold at most one request each: its head with whatever stands before it, or
 * of its body what has come in.
 */
export class MessageFraming {
  #current: IncomingMessage | undefined;
  /** What is missing of a body of announced length. */
  #bodyLeft = 0;
  /** The last bytes of a piece that ended inside of a head, which may be the beginning of its end. */
  #tail = '';

  /** Whether the request that was begun last is not whole yet. */
  get isInBody(): boolean {
    return this.#current?.complete === false;
  }

  /** Tells of the request whose head the last piece ended with. */
  begin(request: IncomingMessage): void {
    const { 'content-length': length, 'transfer-encoding': encoding } = request.headers;
    this.#current = request;
    this.#bodyLeft = encoding === undefined ? Number(length ?? 0) : 0;
  }

  /** Where the piece that begins `at` ends. It counts as parsed from then on. */
  cut(chunk: Buffer, at: number): number {
    if (this.#bodyLeft > 0) {
      const end = Math.min(chunk.length, at + this.#bodyLeft);
      this.#bodyLeft -= end - at;
      return end;
    }
    const most = this.isInBody ? Math.min(chunk.length, at + maxChunkedBytes) : chunk.length;
    const end = this.#endOfHead(chunk, at);
    if (end !== undefined && end <= most) {
      this.#tail = '';
      return end;
    }
    const keep = headEnd.length - 1;
    this.#tail = (this.#tail + chunk.toString('latin1', Math.max(at, most - keep), most)).slice(
      -keep,
    );
    return most;
  }

  #endOfHead(chunk: Buffer, at: number): number | undefined {
    if (this.#tail !== '') {
      const seam = this.#tail + chunk.toString('latin1', at, at + headEnd.length - 1);
      const found = seam.indexOf(headEnd.toString('latin1'));
      if (found !== -1) return at + found + headEnd.length - this.#tail.length;
    }
    const found = chunk.indexOf(headEnd, at);
    return found === -1 ? undefined : found + headEnd.length;
  }
}
