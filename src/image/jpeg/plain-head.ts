import type { Metadata } from 'sharp';

/** What is read of the head of a file before its pixels are. */
export type ImageHead = Pick<
  Metadata,
  | 'format'
  | 'compression'
  | 'width'
  | 'height'
  | 'channels'
  | 'depth'
  | 'space'
  | 'pages'
  | 'isProgressive'
  | 'hasProfile'
  | 'hasAlpha'
  | 'orientation'
  | 'autoOrient'
>;

/** Segments that make pixels others, or whose meaning is not for us to know: EXIF, profiles, Adobe's colours. */
const unusual = new Set([0xe1, 0xe2, 0xee]);
/** No head has more segments, comments included, unless it is made to annoy. */
const maxSegments = 64;
const SOS = 0xda;

/**
 * The head of a JPEG that says nothing but its size: 8 bits, grey or three colours, baseline or progressive, without EXIF,
 * profile or Adobe's mark. Undefined for every other file, which libvips is asked about: that takes a third of a millisecond
 * and a thread.
 */
export function plainJpegHead(bytes: Uint8Array): ImageHead | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let head: ImageHead | undefined;
  for (let at = 2, seen = 0; seen < maxSegments && at + 10 <= bytes.length; seen += 1) {
    const marker = bytes[at + 1]!;
    const isSegment = marker >= 0xc0 && marker !== 0xff && !(marker >= 0xd0 && marker <= 0xd9);
    if (bytes[at] !== 0xff || !isSegment || unusual.has(marker)) return undefined;
    if (marker === SOS) return head;
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    // Two frames, or one that is coded in another way, are nothing plain.
    if (isFrame && (head || marker > 0xc2)) return undefined;
    if (isFrame) head = headOf(view, at, marker === 0xc2);
    if (isFrame && !head) return undefined;
    at += 2 + view.getUint16(at + 2);
  }
  return undefined;
}

function headOf(view: DataView, at: number, isProgressive: boolean): ImageHead | undefined {
  const [height, width] = [view.getUint16(at + 5), view.getUint16(at + 7)];
  const channels = view.getUint8(at + 9);
  const isUsual = view.getUint8(at + 4) === 8 && (channels === 1 || channels === 3);
  if (!isUsual || width === 0 || height === 0) return undefined;
  return {
    format: 'jpeg',
    width,
    height,
    channels,
    depth: 'uchar',
    space: channels === 1 ? 'b-w' : 'srgb',
    isProgressive,
    hasProfile: false,
    hasAlpha: false,
    autoOrient: { width, height },
  };
}
