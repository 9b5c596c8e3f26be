import type { Assembly } from '../assembly/open-assembly.ts';
import { unitsOf, type Plane } from './scan.ts';
import type { JpegHead } from './scan-head.ts';

/** How chroma is sampled beside lightness, by the numbers that `colourRows` has for it. */
const samplings = { full: 0, halfAcross: 1, half: 2 } as const;
export type Sampling = keyof typeof samplings;

/** Undefined for what libvips knows better; an image of one component is as one in full. */
export function samplingOf({ width, components }: JpegHead): Sampling | undefined {
  const [luma, ...chroma] = components;
  if (!luma || chroma.some(({ across, down }) => across !== 1 || down !== 1)) return undefined;
  if (luma.across === 1 && luma.down === 1) return 'full';
  // What is narrower is not blended with its neighbours.
  if (luma.across !== 2 || luma.down > 2 || width < 5) return undefined;
  return luma.down === 2 ? 'half' : 'halfAcross';
}

/** Beside lines of chroma, whose outermost pixels are repeated there; a multiple of what is read at once. */
const MARGIN = 16;

/** Three rows of colours, or one of grey. */
export interface Rows {
  readonly at: number;
  readonly stride: number;
}

/** The planes of one row of units at a time, and the pixels that they give. */
export interface Band {
  /** Where the next row of units is drawn. */
  readonly planes: readonly Plane[];
  /** Up to which line of the image all is known once that row has been drawn. */
  endOf(row: number): number;
  /** The lines from `first` on, as rows of their colours or as grey ones; those of a grey image as they are. */
  rows(row: number, first: number, count: number): Rows;
  /** Keeps what the next row needs of this one. */
  carry(): void;
}

const strideOf = (width: number): number => Math.ceil(width / MARGIN) * MARGIN + 2 * MARGIN;

/** The most bytes of the room that a band takes. */
export function bandBytes(head: JpegHead): number {
  const { unitHeight, across, unitWidth } = unitsOf(head);
  return strideOf(across * unitWidth) * (unitHeight + 2) * 6;
}

export function openBand(
  { code, room }: Assembly,
  head: JpegHead,
  sampling: Sampling,
  isGrey: boolean,
): Band {
  const { width, height, components } = head;
  const { unitWidth, unitHeight, across, down } = unitsOf(head);
  // Where chroma has half the height, the last line waits for the chroma below it.
  const carried = sampling === 'half' ? 1 : 0;
  const isHalf = sampling !== 'full';
  const [chromaWidth, chromaHeight] = isHalf
    ? [Math.ceil(width / 2), Math.ceil(height / (carried + 1))]
    : [width, height];
  const planeOf = (stride: number, lines: number) => {
    const lying = room.bytes(stride * (lines + carried));
    const top = lying.byteOffset + MARGIN;
    return { stride, lines, lying, top, at: top + carried * stride };
  };
  const luma = planeOf(strideOf(across * unitWidth), unitHeight);
  const chromaStride = strideOf(across * (isHalf ? unitWidth / 2 : unitWidth));
  const chroma = components.slice(1).map(() => planeOf(chromaStride, 8));
  const [cb, cr] = chroma;
  const rowStride = strideOf(width);
  const made = cb && room.bytes(rowStride * (unitHeight + carried) * (isGrey ? 1 : 3));
  return {
    planes: [luma, ...chroma],
    endOf: (row) => (row + 1 === down ? height : (row + 1) * unitHeight - carried),
    rows(row, first, count) {
      const lumaTop = luma.at - row * unitHeight * luma.stride;
      if (!cb || !cr || !made) {
        return { at: lumaTop + first * luma.stride, stride: luma.stride };
      }
      if (isHalf) for (const { at } of chroma) code.spreadEdges(at, chromaStride, chromaWidth, 8);
      code.colourRows(
        lumaTop,
        luma.stride,
        cb.at - row * 8 * chromaStride,
        chromaStride,
        cr.at - cb.at,
        chromaHeight,
        samplings[sampling],
        first,
        count,
        width,
        isGrey ? 1 : 0,
        made.byteOffset,
        rowStride,
      );
      return { at: made.byteOffset, stride: rowStride };
    },
    carry() {
      if (carried === 0) return;
      for (const { lying, stride, lines } of [luma, ...chroma]) {
        lying.copyWithin(0, lines * stride, (lines + 1) * stride);
      }
    },
  };
}
