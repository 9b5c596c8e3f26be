import { openAssembly, type Assembly, type Room } from '../assembly/open-assembly.ts';
import { toGrey, type Raster } from '../raster.ts';
import { filterOf, filterRaster, type Filter } from './filter-raster.ts';
import type { WeighingKernel } from './kernels.ts';
import { plainPixelLoops, type PixelLoops } from './pixel-loops.ts';

/** Several pixels at a time where there is WebAssembly with SIMD, with the same bytes; it has memory of its own. */
export function openPixelLoops(): PixelLoops {
  const assembly = openAssembly();
  return assembly ? pixelLoops(assembly) : plainPixelLoops;
}

/** The same in the memory of that code, whose room is begun for each. */
export function pixelLoops(assembly: Assembly): PixelLoops {
  return {
    grey: (raster) => (raster.channels === 1 ? raster : greyOf(raster, assembly)),
    filter: (raster, width, height, kernel) =>
      width === raster.width && height === raster.height
        ? raster
        : filtered(raster, width, height, kernel, assembly),
  };
}

/** More than a band of a photo takes. What needs more is done without vectors: WebAssembly never gives memory back. */
const mostBytes = 64 * 1024 * 1024;

function greyOf(raster: Raster, { code, room }: Assembly): Raster {
  const count = raster.width * raster.height;
  if (count * 4 > mostBytes) return toGrey(raster);
  room.begin(count * 4 + spare);
  const colour = room.bytes(count * 3);
  const grey = room.bytes(count);
  colour.set(raster.data);
  code.greyOfColour(colour.byteOffset, grey.byteOffset, count);
  return { ...raster, channels: 1, data: grey.slice() };
}

/** What alignment takes, and what is read and written beyond the end of each of a few arrays. */
const spare = 1024;

function filtered(
  raster: Raster,
  width: number,
  height: number,
  kernel: WeighingKernel,
  { code, room }: Assembly,
): Raster {
  const { channels } = raster;
  const across = width === raster.width ? undefined : filterOf(raster.width, width, kernel);
  const down = height === raster.height ? undefined : filterOf(raster.height, height, kernel);
  const sizes = [raster.data.length, width * raster.height * channels, width * height * channels];
  const bytes = sizes.reduce((sum, size) => sum + size, spare) + bytesOf(across) + bytesOf(down);
  if (bytes > mostBytes) return filterRaster(raster, width, height, kernel);
  room.begin(bytes);
  const source = room.bytes(raster.data.length);
  source.set(raster.data);
  let lines = source;
  if (across) {
    lines = room.bytes(width * raster.height * channels);
    const laid = layFilter(across, room);
    if (channels === 1) code.splitWeights(laid.weights, across.weights.length);
    const filterColumns = channels === 1 ? code.filterGreyColumns : code.filterColourColumns;
    filterColumns(
      source.byteOffset,
      raster.width * channels,
      raster.height,
      laid.first,
      laid.count,
      laid.weights,
      across.stride,
      width,
      lines.byteOffset,
    );
  }
  if (!down) return { width, height, channels, data: lines.slice() };
  const out = room.bytes(width * height * channels);
  const laid = layFilter(down, room);
  code.filterRows(
    lines.byteOffset,
    width * channels,
    laid.first,
    laid.count,
    laid.weights,
    down.stride,
    height,
    out.byteOffset,
  );
  return { width, height, channels, data: out.slice() };
}

/** The addresses of a filter in the memory of the code. */
export function layFilter({ first, count, weights }: Filter, room: Room) {
  const lay = (values: Int32Array): number => {
    const ints = room.ints(values.length);
    ints.set(values);
    return ints.byteOffset;
  };
  return { first: lay(first), count: lay(count), weights: lay(weights) };
}

/** The memory that it takes there. */
const bytesOf = (filter: Filter | undefined): number =>
  filter ? 4 * (filter.first.length + filter.count.length + filter.weights.length) : 0;
