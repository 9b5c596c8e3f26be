import { encodePng } from '../../../image/encode-png.ts';
import type { ImageReference } from '../../images/image-reference.ts';

/** An image as Spark's data source "image" gives it: bytes of pixels, blue before green before red. */
export interface SparkImage {
  readonly height: unknown;
  readonly width: unknown;
  readonly nChannels: unknown;
  /** The type of a pixel by OpenCV. */
  readonly mode: unknown;
  readonly data: unknown;
}

/** The types of pixels of OpenCV that are read, and how many channels they have. */
const MODES = new Map<unknown, 1 | 3>([
  [0, 1],
  [16, 3],
]);
const CV_8UC4 = 24;

/** The image in a row, brought to its shape as any image file is; or why it is none. */
export function sparkImageInRow(line: number, label: unknown, image: SparkImage): ImageReference {
  const name = `row ${line}`;
  const { height, width, mode, data } = image;
  if (!(data instanceof Uint8Array) || typeof height !== 'number' || typeof width !== 'number') {
    return { line, name, problem: 'it holds no image' };
  }
  const channels = MODES.get(mode);
  if (channels === undefined || channels !== image.nChannels) {
    const what =
      mode === CV_8UC4 ? 'an alpha channel (CV_8UC4)' : `pixels of the mode ${String(mode)}`;
    return { line, name, problem: `it has ${what}; CV_8UC1 and CV_8UC3 are read` };
  }
  if (height < 1 || width < 1 || data.length !== height * width * channels) {
    const problem = `it has ${data.length} bytes instead of ${width}x${height}x${channels}`;
    return { line, name, problem };
  }
  const pixels = channels === 3 ? withRedFirst(data) : data;
  const file = {
    name,
    size: data.length,
    read: () => encodePng(pixels, { width, height, channels }),
    local: () => Promise.reject(new Error('an image in a row is no file: our bug')),
  };
  return { line, name, label, find: async () => file };
}

function withRedFirst(data: Uint8Array): Uint8Array {
  const pixels = new Uint8Array(data.length);
  for (let at = 0; at < data.length; at += 3) {
    [pixels[at], pixels[at + 1], pixels[at + 2]] = [data[at + 2]!, data[at + 1]!, data[at]!];
  }
  return pixels;
}
