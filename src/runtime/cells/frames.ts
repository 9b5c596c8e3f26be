import {
  errorCatalogue,
  isErrorCode,
  isGlimpseError,
  messageOf,
  withDetails,
} from '../../errors.ts';
import { isRecord } from '../../json.ts';

/**
 * What server and cell say to each other over one pipe: frames of a head (a mark, a kind, the length of what
 * follows) and a payload. One answer for each frame the server sends, in order.
 */
const kinds = ['order', 'batch', 'ready', 'result', 'error'] as const;
export type FrameKind = (typeof kinds)[number];

export interface Frame {
  readonly kind: FrameKind;
  readonly payload: Buffer;
}

export const headBytes = 12;
/** Tells a frame from whatever else somebody writes into the pipe. */
const mark = 0x47_4c_43_31;
const longest = 2 ** 32 - 1;

export function headOf(kind: FrameKind, length: number): Buffer {
  if (length > longest) throw new Error(`a frame of ${length} bytes is too long for a cell`);
  const head = Buffer.alloc(headBytes);
  head.writeUInt32LE(mark, 0);
  head.writeUInt32LE(kinds.indexOf(kind), 4);
  head.writeUInt32LE(length, 8);
  return head;
}

/** Undefined when these bytes are the head of no frame. */
export function parseHead(head: Buffer): { kind: FrameKind; length: number } | undefined {
  const kind = kinds[head.readUInt32LE(4)];
  if (head.readUInt32LE(0) !== mark || kind === undefined) return undefined;
  return { kind, length: head.readUInt32LE(8) };
}

/** Puts frames together from the pieces a pipe delivers. */
export class FrameReader {
  readonly #maxBytes: () => number;
  readonly #head = Buffer.alloc(headBytes);
  #kind: FrameKind | undefined;
  #payload = Buffer.alloc(0);
  #filled = 0;

  /** A frame longer than `maxBytes` is none: it is never waited for, and no memory is set aside for it. */
  constructor(maxBytes: () => number) {
    this.#maxBytes = maxBytes;
  }

  /** The frames that end in this piece; undefined as soon as something is no frame. */
  push(piece: Buffer): Frame[] | undefined {
    const frames: Frame[] = [];
    let rest = piece;
    while (rest.length > 0 || this.#isWhole()) {
      if (this.#kind === undefined) {
        rest = this.#fill(this.#head, rest);
        if (this.#filled < headBytes) break;
        const head = parseHead(this.#head);
        if (!head || head.length > this.#maxBytes()) return undefined;
        this.#kind = head.kind;
        this.#payload = Buffer.allocUnsafeSlow(head.length);
        this.#filled = 0;
      }
      rest = this.#fill(this.#payload, rest);
      if (!this.#isWhole()) break;
      frames.push({ kind: this.#kind, payload: this.#payload });
      this.#kind = undefined;
      this.#filled = 0;
    }
    return frames;
  }

  #isWhole(): boolean {
    return this.#kind !== undefined && this.#filled === this.#payload.length;
  }

  #fill(into: Buffer, piece: Buffer): Buffer {
    const taken = piece.copy(into, this.#filled, 0, into.length - this.#filled);
    this.#filled += taken;
    return piece.subarray(taken);
  }
}

const longestMessage = 4_000;

/** An error for the way through a pipe, where neither its class nor its own fields would survive. */
export function errorPayload(error: unknown): Buffer {
  const message = messageOf(error).slice(0, longestMessage);
  const known = isGlimpseError(error) ? { code: error.code, details: error.details } : {};
  return Buffer.from(JSON.stringify({ message, ...known }));
}

/** The error of a payload; undefined when it is none. */
export function errorOf(payload: Buffer): Error | undefined {
  const value = jsonOf(payload);
  if (!isRecord(value) || typeof value['message'] !== 'string') return undefined;
  const { message, code, details } = value;
  if (typeof code !== 'string' || !isErrorCode(code)) return new Error(message);
  const [statusCode] = errorCatalogue[code];
  const error = Object.assign(new Error(message), { code, statusCode });
  return isRecord(details) ? withDetails(error, details) : error;
}

/** What a payload says; undefined when it is no JSON. */
export function jsonOf(payload: Buffer): unknown {
  try {
    return JSON.parse(payload.toString('utf8'));
  } catch {
    return undefined;
  }
}
