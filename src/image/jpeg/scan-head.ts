import type { RasterSize } from '../raster.ts';
import {
  APP0,
  APP1,
  APP14,
  APP15,
  APP2,
  COM,
  DHT,
  DQT,
  DRI,
  FIRST,
  segmentAt,
  SOF0,
  SOF1,
  SOI,
  SOS,
} from './segments.ts';

/** What the head of a baseline JPEG says of its only scan. */
export interface JpegHead {
  readonly width: number;
  readonly height: number;
  /** In the order of the scan; the first is lightness. */
  readonly components: readonly JpegComponent[];
  /** Units (MCUs) between two restarts; 0 for a scan without. */
  readonly restartInterval: number;
  /** Where the coded bytes begin. */
  readonly scanStart: number;
}

export interface JpegComponent {
  /** Blocks in a unit, across and down. */
  readonly across: number;
  readonly down: number;
  readonly dc: HuffmanCode;
  readonly ac: HuffmanCode;
  /** Steps of its quantisation, in the order of the file. */
  readonly steps: Uint16Array;
}

/** How many codes there are of each length from 1 to 16, and behind that their symbols. */
export type HuffmanCode = Uint8Array;

/**
 * The head of a JPEG whose lightness can be read as it is: baseline, grey or YCbCr, one scan, upright, without a colour
 * profile, and without anything that is even unusual. Undefined for every other one, which libvips knows more of.
 */
export function readJpegHead(bytes: Uint8Array): JpegHead | undefined {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const head: Reading = { steps: [], codes: new Map(), isYcc: true, isJfif: false, interval: 0 };
  if (file[0] !== 0xff || file[1] !== SOI) return undefined;
  for (let at = FIRST; ;) {
    const found = segmentAt(file, at);
    if (typeof found === 'string' || found.end > file.length) return undefined;
    const { marker, body, end } = found;
    const segment = file.subarray(body, end);
    if (marker === SOS) return headOf(head, segment, end);
    if (!readSegment(marker, segment, head)) return undefined;
    at = end;
  }
}

/** What was read of a head so far. */
interface Reading {
  readonly steps: (Uint16Array | undefined)[];
  readonly codes: Map<number, HuffmanCode>;
  frame?: Buffer;
  isJfif: boolean;
  isYcc: boolean;
  interval: number;
}

/** False for a segment that is not beyond doubt. */
function readSegment(marker: number, segment: Buffer, head: Reading): boolean {
  if (marker === DQT) return readSteps(segment, head);
  if (marker === DHT) return readCodes(segment, head);
  if (marker === SOF0 || marker === SOF1) {
    if (head.frame) return false;
    head.frame = segment;
    return true;
  }
  if (marker === DRI) {
    if (segment.length !== 2) return false;
    head.interval = segment.readUInt16BE(0);
    return true;
  }
  if (marker === APP0 && startsWith(segment, 'JFIF\0')) {
    head.isJfif = true;
    // A revision that nobody knows is a quirk.
    return segment[5] === 1;
  }
  if (marker === APP1 && startsWith(segment, 'Exif\0')) return isUpright(segment.subarray(6));
  if (marker === APP2 && startsWith(segment, 'ICC_PROFILE\0')) return false;
  if (marker === APP14 && startsWith(segment, 'Adobe')) head.isYcc &&= segment[11] === 1;
  return (marker >= APP0 && marker <= APP15) || marker === COM;
}

const startsWith = (segment: Buffer, text: string): boolean =>
  segment.toString('latin1', 0, text.length) === text;

/** Tables of 64 steps, of one byte or two. */
function readSteps(segment: Buffer, head: Reading): boolean {
  let at = 0;
  while (at < segment.length) {
    const size = segment[at]! >> 4;
    const id = segment[at]! & 15;
    const end = at + 1 + 64 * (size + 1);
    if (size > 1 || id > 3 || end > segment.length) return false;
    const steps = new Uint16Array(64);
    for (let i = 0; i < 64; i += 1) {
      steps[i] = size === 0 ? segment[at + 1 + i]! : segment.readUInt16BE(at + 1 + 2 * i);
    }
    head.steps[id] = steps;
    at = end;
  }
  return true;
}

/** Codes of differences (0) and of coefficients (16), by their number. */
function readCodes(segment: Buffer, head: Reading): boolean {
  let at = 0;
  while (at + 17 <= segment.length) {
    const id = segment[at]!;
    const counts = segment.subarray(at + 1, at + 17);
    let symbols = 0;
    for (const count of counts) symbols += count;
    const end = at + 17 + symbols;
    if ((id & 0xec) !== 0 || symbols > 256 || end > segment.length) return false;
    // Differences of 8 bits have at most eleven.
    if (id < 0x10 && segment.subarray(at + 17, end).some((size) => size > 11)) return false;
    head.codes.set(id, segment.subarray(at + 1, end));
    at = end;
  }
  return at === segment.length;
}

/** Whether camera data says nothing of turning the picture. */
function isUpright(tiff: Buffer): boolean {
  const order = tiff.toString('latin1', 0, 4);
  if (tiff.length < 14 || (order !== 'II*\0' && order !== 'MM\0*')) return false;
  const short = (at: number): number =>
    order[0] === 'I' ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at);
  const first = order[0] === 'I' ? tiff.readUInt32LE(4) : tiff.readUInt32BE(4);
  if (first + 2 > tiff.length) return false;
  const end = first + 2 + 12 * short(first);
  if (end > tiff.length) return false;
  for (let at = first + 2; at < end; at += 12) {
    if (short(at) === ORIENTATION && short(at + 8) !== 1) return false;
  }
  return true;
}

const ORIENTATION = 0x0112;

/** A frame and the scan of all its components, with the tables that were named. */
function headOf(head: Reading, scan: Buffer, scanStart: number): JpegHead | undefined {
  const { frame, isJfif, isYcc, interval: restartInterval } = head;
  const count = frame?.[5];
  if (!frame || (count !== 1 && count !== 3) || frame.length !== 6 + 3 * count) return undefined;
  const [height, width] = [frame.readUInt16BE(1), frame.readUInt16BE(3)];
  if (frame[0] !== 8 || width === 0 || height === 0) return undefined;
  // All coefficients at once, and every bit of them.
  const isWhole = scan.length === 4 + 2 * count && scan.readUIntBE(2 * count + 1, 3) === 0x003f00;
  if (scan[0] !== count || !isWhole) return undefined;
  if (count === 3 && !(isYcc && (isJfif || isUsual(frame)))) return undefined;
  const components: JpegComponent[] = [];
  for (let i = 0; i < count; i += 1) {
    const [id, sampling] = [frame[6 + 3 * i]!, frame[7 + 3 * i]!];
    const tables = scan[2 + 2 * i]!;
    const [dc, ac] = [head.codes.get(tables >> 4), head.codes.get(0x10 | (tables & 15))];
    const steps = head.steps[frame[8 + 3 * i]!];
    if (scan[1 + 2 * i] !== id || !dc || !ac || !steps) return undefined;
    const [across, down] = [sampling >> 4, sampling & 15];
    if (across < 1 || across > 4 || down < 1 || down > 4) return undefined;
    // The blocks of a single component follow each other, whatever its sampling.
    const blocks = count === 1 ? { across: 1, down: 1 } : { across, down };
    components.push({ ...blocks, dc, ac, steps });
  }
  return hasFullLightness(components)
    ? { width, height, components, restartInterval, scanStart }
    : undefined;
}

/** The size of the image that such a head is of. */
export const sizeOf = ({ width, height, components }: JpegHead): RasterSize => ({
  width,
  height,
  channels: components.length === 1 ? 1 : 3,
});

/** Components numbered 1, 2, 3 are YCbCr where nothing else says so. */
const isUsual = (frame: Buffer): boolean => frame[6] === 1 && frame[9] === 2 && frame[12] === 3;

/** A unit has at most ten blocks, and none of its components more than lightness. */
function hasFullLightness(components: readonly JpegComponent[]): boolean {
  const { across = 0, down = 0 } = components[0] ?? {};
  const blocks = components.reduce((sum, one) => sum + one.across * one.down, 0);
  return (
    blocks <= 10 &&
    components.every(
      (one) =>
        // What does not divide evenly is not decoded by everybody alike.
        across % one.across === 0 && down % one.down === 0,
    )
  );
}
