import type { ErrorFamily } from './family.ts';

/** What is wrong with an image, pixels or a tensor. */
// prettier-ignore
export const imageErrors = {
  GLIMPSE_UNSUPPORTED_FORMAT: [415, 'The image format is %s; PNG, JPEG, WebP, GIF, AVIF and TIFF are read.'],
  GLIMPSE_IMAGE_BYTES_TOO_LARGE: [413, 'The image has %s bytes; the limit is %s (GLIMPSE_MAX_IMAGE_BYTES).'],
  GLIMPSE_IMAGE_TOO_LARGE: [422, 'The image has %s pixels; the limit is %s (GLIMPSE_MAX_PIXELS).'],
  GLIMPSE_TOO_MANY_FRAMES: [422, 'The image has %s frames; the limit is %s (GLIMPSE_MAX_FRAMES).'],
  GLIMPSE_IMAGE_EMPTY: [422, 'The image has no bytes.'],
  GLIMPSE_IMAGE_UNREADABLE: [422, 'The image cannot be decoded: %s'],
  GLIMPSE_FILE_UNREADABLE: [422, 'The file cannot be read: %s'],
  GLIMPSE_IMAGE_TRUNCATED: [422, 'The image ends before its last pixel.'],
  GLIMPSE_IMAGE_DAMAGED: [422, 'The image is damaged inside: some of its pixels are lost.'],
  GLIMPSE_PIXEL_COUNT: [422, 'The pixel array has %s values; the model takes %s.'],
  GLIMPSE_PIXEL_VALUE: [422, 'Pixel %s is not a number from 0 to 255.'],
  GLIMPSE_PIXEL_RANGE: [422, 'No pixel is above %s: they look scaled to 0..1; give them from 0 to 255.'],
  GLIMPSE_INPUT_UNKNOWN: [400, 'There is no input "%s": this model takes "%s" as it is, "pixels" of 0 to 255, and encoded files as "image" of BYTES.'],
  GLIMPSE_INPUT_SHAPE: [400, 'One example of the tensor "%s" has the shape %s; the model takes %s, behind an axis for the batch.'],
  GLIMPSE_INPUT_VALUE: [400, 'The tensor "%s" holds a value that is no finite number.'],
  GLIMPSE_CANNOT_READ_LINES: [422, 'Every digit is read only of image files, by a model whose contract finds handwriting: %s.'],
  GLIMPSE_CANNOT_EXPLAIN_PIXELS: [422, 'What the model saw is shown of image files only: pixels and tensors are given to it as they come.'],
  GLIMPSE_TOO_MANY_DIGITS: [422, 'The picture holds more digits, or more that might be digits, than %s allows (GLIMPSE_MAX_DIGITS).'],
  GLIMPSE_DECODE_QUEUE_FULL: [429, '%s images are waiting to be decoded already; try again shortly.'],
} as const satisfies ErrorFamily;
