/** A part of a JPEG's head. */
export interface JpegSegment {
  /** The second byte of its marker. A byte of 0xff that only fills is a segment of its own, without a body. */
  readonly marker: number;
  /** Where its body begins, behind the length, and where the next one is; that may lie behind the end of the file. */
  readonly body: number;
  readonly end: number;
}

/** Markers by name. */
export const SOI = 0xd8;
export const SOF0 = 0xc0;
export const SOF1 = 0xc1;
export const SOF2 = 0xc2;
export const DHT = 0xc4;
export const SOS = 0xda;
export const DQT = 0xdb;
export const DRI = 0xdd;
export const APP0 = 0xe0;
export const APP1 = 0xe1;
export const APP2 = 0xe2;
export const APP14 = 0xee;
export const APP15 = 0xef;
export const COM = 0xfe;
export const FILL = 0xff;

/** Where the first segment is, behind the marker that every JPEG begins with. */
export const FIRST = 2;

/**
 * The segment at a place: `cut` where the file ends before it has said how long it is, `other` where something else lies there. What
 * its marker means is for the caller to say.
 */
export function segmentAt(file: Uint8Array, at: number): JpegSegment | 'cut' | 'other' {
  if (at + 1 >= file.length) return at < file.length && file[at] !== FILL ? 'other' : 'cut';
  if (file[at] !== FILL) return 'other';
  const marker = file[at + 1]!;
  if (marker === FILL) return { marker, body: at + 1, end: at + 1 };
  if (at + 4 > file.length) return 'cut';
  return { marker, body: at + 4, end: at + 2 + ((file[at + 2]! << 8) | file[at + 3]!) };
}

/** Whether a segment tells the size of the image: all of its kind but those that hold codes. */
export const isFrame = (marker: number): boolean =>
  marker >= SOF0 && marker <= 0xcf && marker !== DHT && marker !== 0xc8 && marker !== 0xcc;
