import { FIRST, segmentAt, SOS } from './jpeg/segments.ts';
import type { ImageFormat } from './sniff-format.ts';

/**
 * Whether the file's own structure says that bytes are missing at its end. Asked only after the decoder
 * has given up, to tell a cut upload from a broken image, because libvips words the two alike.
 */
export function endsEarly(format: ImageFormat, bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    return checks[format](view);
  } catch (error) {
    // A read past the end: the structure promised more than there is.
    if (error instanceof RangeError) return true;
    throw error;
  }
}

const checks: Record<ImageFormat, (view: DataView) => boolean> = {
  png: pngEndsEarly,
  jpeg: jpegEndsEarly,
  webp: (view) => view.getUint32(4, true) + 8 > view.byteLength,
  gif: gifEndsEarly,
  avif: boxesEndEarly,
  tiff: tiffEndsEarly,
};

/** Chunks up to IEND: length, type, that many bytes, checksum. */
function pngEndsEarly(view: DataView): boolean {
  for (let at = 8; ;) {
    const length = view.getUint32(at);
    const type = view.getUint32(at + 4);
    at += 12 + length;
    if (at > view.byteLength) return true;
    if (type === 0x49454e44) return false;
  }
}

/** Segments up to the first scan, then any end-of-image marker behind it. */
function jpegEndsEarly(view: DataView): boolean {
  const file = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  for (let at = FIRST; ;) {
    const segment = segmentAt(file, at);
    if (typeof segment === 'string') return segment === 'cut';
    if (segment.marker === SOS) return !holdsEndOfImage(view, segment.end);
    at = segment.end;
    if (at > file.length) return true;
  }
}

function holdsEndOfImage(view: DataView, from: number): boolean {
  const scan = Buffer.from(view.buffer, view.byteOffset, view.byteLength);
  return scan.indexOf('ffd9', from, 'hex') >= 0;
}

/** Blocks up to the trailer; a missing trailer alone is missing bytes too. */
function gifEndsEarly(view: DataView): boolean {
  let at = 13 + colourTableSize(view.getUint8(10));
  for (;;) {
    const kind = view.getUint8(at);
    if (kind === 0x3b) return false;
    if (kind === 0x21) at += 2;
    else if (kind === 0x2c) at += 11 + colourTableSize(view.getUint8(at + 9));
    else return false;
    for (let length = -1; length !== 0; at += 1 + length) length = view.getUint8(at);
  }
}

function colourTableSize(flags: number): number {
  return flags & 0x80 ? 3 << ((flags & 7) + 1) : 0;
}

/** ISO media boxes: each states its own length; 0 means to the end, 1 that 64 bits follow. */
function boxesEndEarly(view: DataView): boolean {
  for (let at = 0; at < view.byteLength;) {
    const short = view.getUint32(at);
    if (short === 0) return false;
    const length = short === 1 ? Number(view.getBigUint64(at + 8)) : short;
    if (length < 8) return false;
    at += length;
    if (at > view.byteLength) return true;
  }
  return false;
}

const STRIP_OFFSETS = 273;
const STRIP_LENGTHS = 279;
const TILE_OFFSETS = 324;
const TILE_LENGTHS = 325;

/** Bytes of one value by its type: SHORT is 3, LONG 4, and so on. */
const TIFF_SIZES = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4];

/** The first directory, all values it points to, and every strip or tile must lie inside the file. */
function tiffEndsEarly(view: DataView): boolean {
  const little = view.getUint8(0) === 0x49;
  if (view.getUint16(2, little) !== 42) return false;
  const directory = view.getUint32(4, little);
  const entries = new Map<number, number[]>();
  for (let i = 0; i < view.getUint16(directory, little); i += 1) {
    const at = directory + 2 + i * 12;
    entries.set(view.getUint16(at, little), tiffValues(view, at, little));
  }
  const offsets = entries.get(STRIP_OFFSETS) ?? entries.get(TILE_OFFSETS) ?? [];
  const lengths = entries.get(STRIP_LENGTHS) ?? entries.get(TILE_LENGTHS) ?? [];
  return offsets.some((offset, i) => offset + (lengths[i] ?? 0) > view.byteLength);
}

/** The numbers of one directory entry, which stand in it when they fit four bytes. */
function tiffValues(view: DataView, entry: number, little: boolean): number[] {
  const size = TIFF_SIZES[view.getUint16(entry + 2, little)] ?? 1;
  const count = view.getUint32(entry + 4, little);
  const at = count * size <= 4 ? entry + 8 : view.getUint32(entry + 8, little);
  if (at + count * size > view.byteLength) throw new RangeError('values past the end of the file');
  if (size !== 2 && size !== 4) return [];
  return Array.from({ length: count }, (_, i) =>
    size === 2 ? view.getUint16(at + i * 2, little) : view.getUint32(at + i * 4, little),
  );
}
