import type { Assembly } from '../assembly/open-assembly.ts';
import type { Raster } from '../raster.ts';
import { filterLength, filterOf } from '../resampling/filter-raster.ts';
import type { WeighingKernel } from '../resampling/kernels.ts';
import { layFilter } from '../resampling/simd-filter.ts';
import { bandBytes, openBand, samplingOf, type Rows } from './band.ts';
import { openScan, scanBytes, unitsOf } from './scan.ts';
import type { JpegHead } from './scan-head.ts';

/** The lines that are asked for: grey, or coloured as the image is; of its width, or filtered to another one. */
export interface LinesWanted {
  readonly channels: 1 | 3;
  readonly across?: Across | undefined;
}

interface Across {
  readonly width: number;
  readonly kernel: WeighingKernel;
}

/** The most bytes of the memory of `assembly` that are taken for it. */
export function lineBytes(head: JpegHead, file: Uint8Array, { across }: LinesWanted): number {
  const { width, height, components } = head;
  const filter = across ? 4 * filterLength(width, across.width, across.kernel) : 0;
  // Planes of colours, and the same as pixels.
  const lines = 2 * (across?.width ?? width) * height * components.length;
  return scanBytes(head, file) + bandBytes(head) + filter + lines + 1024;
}

/**
 * All lines of a JPEG, with the pixels that libjpeg and `toGrey` make of them, bit for bit; read band by band, so that only a few
 * lines are ever held in their own width. They lie in the memory of the code, whose room has been begun. Undefined when it is sampled
 * in an unusual way, or anything about its data is not as it should be.
 */
export function readLines(
  { code, room }: Assembly,
  file: Uint8Array,
  head: JpegHead,
  wanted: LinesWanted,
): Raster | undefined {
  const sampling = samplingOf(head);
  if (!sampling) return undefined;
  const band = openBand({ code, room }, head, sampling, wanted.channels === 1);
  const scan = openScan({ code, room }, file, head, band.planes);
  if (!scan) return undefined;
  const lines = collectLines({ code, room }, head, wanted);
  const { down } = unitsOf(head);
  for (let row = 0, next = 0; row < down; row += 1) {
    if (!scan.readRow(0)) return undefined;
    const end = band.endOf(row);
    lines.take(band.rows(row, next, end - next), next, end - next);
    band.carry();
    next = end;
  }
  return lines.finish();
}

/** Lines as they come, in their width, and in the end all of them. */
interface Collector {
  take(rows: Rows, first: number, count: number): void;
  finish(): Raster;
}

function collectLines(
  { code, room }: Assembly,
  { width, height, components }: JpegHead,
  { channels, across }: LinesWanted,
): Collector {
  const colours = components.length === 1 ? 1 : channels;
  if (across) return filterLines({ code, room }, { width, height }, colours, across);
  const data = room.bytes(width * height * colours);
  return {
    take({ at, stride }, first, count) {
      const to = data.byteOffset + first * width * colours;
      if (colours === 3) code.interleaveRows(at, stride, width, count, to);
      else code.copyRows(at, stride, width, count, to);
    },
    finish: () => ({ width, height, channels: colours, data }),
  };
}

function filterLines(
  { code, room }: Assembly,
  { width: from, height }: Pick<JpegHead, 'width' | 'height'>,
  channels: 1 | 3,
  { width, kernel }: Across,
): Collector {
  const filter = filterOf(from, width, kernel);
  const laid = layFilter(filter, room);
  code.splitWeights(laid.weights, filter.weights.length);
  const lines = room.bytes(width * height * channels);
  return {
    take({ at, stride }, first, count) {
      code.filterGreyColumns(
        at,
        stride,
        count * channels,
        laid.first,
        laid.count,
        laid.weights,
        filter.stride,
        width,
        lines.byteOffset + first * width * channels,
      );
    },
    finish() {
      if (channels === 1) return { width, height, channels, data: lines };
      const data = room.bytes(lines.length);
      code.interleaveRows(lines.byteOffset, width, width, height, data.byteOffset);
      return { width, height, channels, data };
    },
  };
}
