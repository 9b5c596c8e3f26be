import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import type { RequestAccount } from '../admission/ledger.ts';
import { isDeadlineExceeded, type Cancellation } from '../cancellation.ts';
import { errors, isGlimpseError } from '../errors.ts';
import { takePiece } from './connections/reading-turns.ts';
import { decodedBody, type DecodeLimit } from './content-encoding.ts';

export interface ReceiveOptions extends DecodeLimit {
  /** Its deadline is that of the last byte. */
  readonly cancellation: Cancellation;
  /** Keeps the body's memory: what is announced when the head is there, what came in when it comes slowly. */
  readonly account: RequestAccount;
  /** Is told how much of a body has come in of which no length was announced, and refuses by throwing. */
  readonly onGrow?: ((bytes: number) => void) | undefined;
  /** Looks at bodies of more than `from` bytes piece by piece, and refuses them by throwing. */
  readonly watch?: { readonly from: number; onChunk(chunk: Uint8Array): void } | undefined;
  /** The byte of the body at which numbers begin that are read where they lie. */
  readonly numbersFrom?: number | undefined;
}

/** Bytes of the widest number: where a multiple of it lies in memory, any may begin. */
export const widestNumber = 8;

/** What is kept beyond what has come in, so that the next packet finds room. */
const lookAheadBytes = 64 * 1024;
/** How often the pace of a body is looked at. */
const paceMs = 1_000;

/**
 * The whole body in one piece, unpacked. Refuses as soon as it is known to be too large (by its announced
 * length, else while it streams), too slow or cut; what still comes in after a refusal is not kept.
 */
export function receiveBody(
  message: IncomingMessage,
  options: ReceiveOptions,
): Buffer | Promise<Buffer> {
  const { account, cancellation, maxBytes } = options;
  const announced = Number(message.headers['content-length'] ?? 0);
  if (announced > maxBytes) throw tooLarge(options);
  const entered = account.enter(announced, cancellation);
  if (entered) return entered.then(() => receiveEntered(message, announced, options));
  return takeWhole(message, announced, cancellation) ?? receiveEntered(message, announced, options);
}

/** A small body that has come in as a whole with its head, as most do: nothing has to be listened to. */
function takeWhole(
  message: IncomingMessage,
  announced: number,
  { aborted }: Cancellation,
): Buffer | undefined {
  if (announced === 0 || announced > lookAheadBytes || message.readableLength !== announced) {
    return undefined;
  }
  if (aborted || message.headers['content-encoding'] !== undefined) return undefined;
  const body: unknown = message.read();
  // Its last byte is here before Node says that it has ended, which is then for nobody to wait for.
  message.resume();
  return Buffer.isBuffer(body) ? body : undefined;
}

async function receiveEntered(
  message: IncomingMessage,
  announced: number,
  options: ReceiveOptions,
): Promise<Buffer> {
  const body = decodedBody(message, options);
  const store = body === message && announced > 0 ? fixedStore(announced, options) : growingStore();
  try {
    return await collect(message, body, store, options);
  } finally {
    if (body !== message) body.destroy();
  }
}

/** Where the pieces of a body are put, and the memory it takes to have so many bytes and room for more. */
interface Store {
  readonly size: number;
  readonly needed: number;
  put(chunk: Buffer): void;
  soFar(): Buffer;
}

/** For a body of known length. Its memory is the system's until it is written to. */
function fixedStore(
  length: number,
  { numbersFrom = 0 }: Pick<ReceiveOptions, 'numbersFrom'>,
): Store {
  let first: Buffer | undefined;
  let all: Buffer | undefined;
  let size = 0;
  return {
    get size() {
      return size;
    },
    get needed() {
      return Math.min(length, size + lookAheadBytes);
    },
    put(chunk) {
      if (size === 0) first = chunk;
      else {
        all ??= layOut(length, numbersFrom);
        if (first) first.copy(all);
        first = undefined;
        chunk.copy(all, size);
      }
      size += chunk.length;
    },
    // Most bodies are one piece, and that is not copied.
    soFar: () => first ?? all?.subarray(0, size) ?? Buffer.alloc(0),
  };
}

/** Memory of that many bytes, in which any number may begin at this place. */
function layOut(length: number, place: number): Buffer {
  const before = (widestNumber - (place % widestNumber)) % widestNumber;
  return Buffer.allocUnsafeSlow(before + length).subarray(before);
}

/** For a body of unknown length, whose pieces are put together at the end. */
function growingStore(): Store {
  let chunks: Buffer[] = [];
  let size = 0;
  return {
    get size() {
      return size;
    },
    get needed() {
      return 2 * size + lookAheadBytes;
    },
    put(chunk) {
      chunks.push(chunk);
      size += chunk.length;
    },
    soFar() {
      if (chunks.length !== 1) chunks = [Buffer.concat(chunks, size)];
      return chunks[0]!;
    },
  };
}

function collect(
  message: IncomingMessage,
  body: Readable,
  store: Store,
  options: ReceiveOptions,
): Promise<Buffer> {
  const { account, cancellation, maxBytes, onGrow, watch } = options;
  const isUnannounced = message.headers['content-length'] === undefined;
  return new Promise((resolve, reject) => {
    const isLarge = account.kept > lookAheadBytes;
    let watched = 0;
    let paced = 0;
    const settle = (finish: () => void): void => {
      cancellation.removeEventListener('abort', onAbort);
      if (pace) clearInterval(pace);
      body.off('data', onData).off('end', onEnd).off('close', onClose).off('error', onError);
      finish();
    };
    const onData = (chunk: Buffer): void => {
      try {
        if (store.size + chunk.length > maxBytes) throw tooLarge(options);
        store.put(chunk);
        if (store.size > account.kept) account.keep(store.needed);
        if (isUnannounced) onGrow?.(store.size);
        if (watch && store.size > watch.from) {
          watch.onChunk(watched === 0 ? store.soFar() : chunk);
          watched = store.size;
        }
        if (isLarge || store.size > lookAheadBytes) takePiece(message);
      } catch (error) {
        settle(() => reject(error));
      }
    };
    const onEnd = (): void => settle(() => resolve(store.soFar()));
    const onClose = (): void => settle(() => reject(new errors.GLIMPSE_CLIENT_CLOSED()));
    const onError = (error: unknown): void =>
      isGlimpseError(error) ? settle(() => reject(error)) : onClose();
    // A client that leaves ends the body as well, which tells it sooner.
    const onAbort = (): void => {
      if (!isDeadlineExceeded(cancellation.reason)) return;
      settle(() => reject(new errors.GLIMPSE_RECEIVE_TIMEOUT()));
    };
    // Whoever announces much and sends it slowly keeps what has come in, and not what others could use.
    const pace =
      isLarge &&
      setInterval(() => {
        const wanted = store.needed + 2 * (store.size - paced);
        if (wanted < account.kept) account.keep(wanted);
        paced = store.size;
      }, paceMs);
    body.on('data', onData).on('end', onEnd).on('close', onClose).on('error', onError);
    cancellation.addEventListener('abort', onAbort);
    if (cancellation.aborted) onAbort();
    if (body.destroyed && !body.readableEnded) onClose();
  });
}

function tooLarge({ maxBytes, knob }: DecodeLimit): Error {
  return new errors.GLIMPSE_BODY_TOO_LARGE(maxBytes, knob);
}
