import type { PageRule } from '../../preprocessing/steps.ts';
import type { Assembly } from '../assembly/open-assembly.ts';
import { readJpegHead, type JpegHead } from '../jpeg/scan-head.ts';
import { lumaBytes, readLuma } from '../jpeg/lightness.ts';
import { canonicalisePage, KEPT_SIDE, roomFor, type CanonicalDigit } from './canonicalise.ts';
import type { PlaneLoops } from './plane-loops.ts';

/** A longer file carries something besides its pixels. */
const LONGEST_BYTES = 4 * 1024 * 1024;

/** The head of a JPEG in which a digit can be looked for without libvips; undefined for every other file. */
export function readPageHead(file: Uint8Array): JpegHead | undefined {
  if (file.length > LONGEST_BYTES) return undefined;
  const head = readJpegHead(file);
  return head && Math.max(head.width, head.height) <= KEPT_SIDE ? head : undefined;
}

/** The most bytes that it takes to find the digit, without those of the file. */
export function pageBytes(head: JpegHead, file: Uint8Array, page: PageRule): number {
  return lumaBytes(head, file) + roomFor(head, page);
}

/**
 * The digit in such a JPEG, whose head may have been read already; undefined where its data is not beyond doubt. The loops are those
 * of the assembly.
 */
export function digitInJpeg(
  assembly: Assembly,
  loops: PlaneLoops,
  file: Uint8Array,
  page: PageRule,
  head = readPageHead(file),
): CanonicalDigit | undefined {
  if (!head) return undefined;
  loops.begin(pageBytes(head, file, page));
  const picture = readLuma(assembly, file, head);
  return picture && canonicalisePage(picture, loops, page);
}
