import { APP0, FILL, FIRST, segmentAt, SOF0, SOF1, SOI, SOS } from './segments.ts';

const END = Buffer.from('ffd9', 'hex');

/**
 * The same JPEG without what makes a decoder complain although it costs no pixel: bytes between the
 * segments of its head, a revision of JFIF nobody knows, the scan parameters that Samsung cameras write,
 * and a missing end marker. Undefined when there is nothing of it. What a decoder still says about the
 * result is about lost pixels.
 */
export function withoutQuirks(bytes: Uint8Array): Uint8Array | undefined {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const head = readHead(file);
  if (!head) return undefined;
  const scans = file.subarray(head.end);
  const hasEnd = scans.includes(END);
  if (hasEnd && !head.isMended) return undefined;
  return Buffer.concat([...head.segments, scans, ...(hasEnd ? [] : [END])]);
}

interface Head {
  /** As they should be, the parameters of the first scan among them. */
  readonly segments: readonly Buffer[];
  readonly isMended: boolean;
  /** Where the data of the first scan begins. */
  readonly end: number;
}

/** Everything up to the data of the first scan; undefined when it does not get that far. */
function readHead(file: Buffer): Head | undefined {
  const segments = [file.subarray(0, 2)];
  let isMended = false;
  let isSequential = false;
  if (file[1] !== SOI) return undefined;
  for (let at = FIRST; at + 4 <= file.length;) {
    const found = segmentAt(file, at);
    if (typeof found === 'string' || found.marker === 0) {
      // It belongs to nothing.
      isMended = true;
      at += 1;
      continue;
    }
    const { marker, end } = found;
    if (end > file.length) return undefined;
    if (marker === SOF0 || marker === SOF1) isSequential = true;
    if (marker !== FILL) {
      const segment = file.subarray(at, end);
      const mended = mend(segment, marker, isSequential);
      isMended ||= mended !== segment;
      segments.push(mended);
    }
    if (marker === SOS) return { segments, isMended, end };
    at = end;
  }
  return undefined;
}

/** The segment as a decoder expects it, which mostly is the segment. */
function mend(segment: Buffer, marker: number, isSequential: boolean): Buffer {
  if (marker === APP0 && segment.length >= 10 && segment.toString('latin1', 4, 9) === 'JFIF\0') {
    return segment[9] === 1 ? segment : withBytes(segment, 9, [1]);
  }
  // First and last coefficient of the scan, and its bits: without progression always all of them.
  if (marker !== SOS || !isSequential || segment.length < 8) return segment;
  const last = segment.length - 3;
  const isUsual = segment[last] === 0 && segment[last + 1] === 63 && segment[last + 2] === 0;
  return isUsual ? segment : withBytes(segment, last, [0, 63, 0]);
}

function withBytes(segment: Buffer, at: number, values: readonly number[]): Buffer {
  const copy = Buffer.from(segment);
  copy.set(values, at);
  return copy;
}
