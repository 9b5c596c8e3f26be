import type { Assembly } from '../assembly/open-assembly.ts';
import type { Raster } from '../raster.ts';
import type { JpegHead } from './scan-head.ts';
import { openScan, scanBytes, unitsOf } from './scan.ts';

/** The most bytes of the memory of `assembly` that are taken for it. */
export function lumaBytes(head: JpegHead, file: Uint8Array): number {
  const { unitWidth, unitHeight, across, down } = unitsOf(head);
  return across * unitWidth * down * unitHeight + scanBytes(head, file);
}

/**
 * The lightness of a JPEG: what libjpeg makes of it, bit for bit, where it is grey; with colour its grey before colours are
 * cut off at 0 and 255. It lies in the memory of the code, whose room has been begun. Undefined when anything about its data
 * is not as it should be: whoever goes on with lost pixels has to know of them.
 */
export function readLuma(
  { code, room }: Assembly,
  file: Uint8Array,
  head: JpegHead,
): Raster | undefined {
  const { unitWidth, unitHeight, across, down } = unitsOf(head);
  const stride = across * unitWidth;
  const plane = room.bytes(stride * down * unitHeight);
  const scan = openScan({ code, room }, file, head, [{ at: plane.byteOffset, stride }]);
  if (!scan) return undefined;
  for (let row = 0; row < down; row += 1) {
    if (!scan.readRow(row * unitHeight * stride)) return undefined;
  }
  return { ...cutTo(head, plane, stride), channels: 1 };
}

function cutTo({ width, height }: JpegHead, plane: Uint8Array, stride: number) {
  if (width < stride) {
    for (let y = 1; y < height; y += 1) {
      plane.copyWithin(y * width, y * stride, y * stride + width);
    }
  }
  return { width, height, data: plane.subarray(0, width * height) };
}
