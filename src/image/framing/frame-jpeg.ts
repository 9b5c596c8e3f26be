import type { Assembly } from '../assembly/open-assembly.ts';
import type { ContractTwo } from '../../preprocessing/contract-two.ts';
import { framingOf } from '../../preprocessing/framing.ts';
import { samplingOf } from '../jpeg/band.ts';
import { lineBytes, readLines, type LinesWanted } from '../jpeg/colour-lines.ts';
import { readJpegHead, type JpegHead } from '../jpeg/scan-head.ts';
import { toColour, type Raster } from '../raster.ts';
import type { PixelLoops } from '../resampling/pixel-loops.ts';
import { frameLines, weighingKernelOf } from './frame-raster.ts';

/** A longer file carries something besides its pixels. */
const longestBytes = 8 * 1024 * 1024;
/** The memory of WebAssembly is never given back: what takes more of it is left to libvips. */
const mostBytes = 64 * 1024 * 1024;

/** An ordinary JPEG, whose pixels are read without libvips. */
export interface OrdinaryJpeg {
  readonly head: JpegHead;
  /** The most bytes that it takes to bring it into the frame, without those of the file. */
  readonly bytes: number;
}

/** Undefined for every file that libvips knows more of. */
export function readOrdinaryHead(
  file: Uint8Array,
  contract: ContractTwo,
): OrdinaryJpeg | undefined {
  if (file.length > longestBytes) return undefined;
  const head = readJpegHead(file);
  if (!head || !samplingOf(head)) return undefined;
  const bytes = lineBytes(head, file, linesFor(head, contract));
  return bytes <= mostBytes ? { head, bytes } : undefined;
}

/**
 * What `frameRaster` makes of the pixels of an ordinary JPEG, which are read line by line and are nowhere all at once if a kernel
 * weighs them. Undefined where its data is not beyond doubt. Its head may have been read already. The loops are those of the assembly.
 */
export function frameJpeg(
  assembly: Assembly,
  loops: PixelLoops,
  file: Uint8Array,
  contract: ContractTwo,
  ordinary = readOrdinaryHead(file, contract),
): Raster | undefined {
  if (!ordinary) return undefined;
  const { head, bytes } = ordinary;
  assembly.room.begin(bytes);
  const lines = readLines(assembly, file, head, linesFor(head, contract));
  if (!lines) return undefined;
  // The loops begin anew in the same memory.
  const own = { ...lines, data: lines.data.slice() };
  return frameLines(contract.channels === 1 ? own : toColour(own), head, contract, loops);
}

function linesFor(head: JpegHead, contract: ContractTwo): LinesWanted {
  const { width } = framingOf(contract, head).resized;
  const kernel = weighingKernelOf(contract);
  const across = kernel && width !== head.width ? { width, kernel } : undefined;
  return { channels: contract.channels === 1 ? 1 : 3, across };
}
