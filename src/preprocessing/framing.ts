import type { Align, ContractTwo, Resize } from './contract-two.ts';

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Where pixels of an image go: first it is resized, then laid on a canvas, of which the frame of the model is kept. */
export interface Framing {
  readonly resized: Size;
  /** Of the image on the canvas: beyond its edges where it is padded. */
  readonly canvas: Size & Offset;
  /** Of the frame on the canvas, which has the size of the input. */
  readonly crop: Offset;
}

interface Offset {
  readonly left: number;
  readonly top: number;
}

const atOrigin: Offset = { left: 0, top: 0 };

/** How an image of this size becomes the frame of the model. */
export function framingOf(
  { width, height, resize, crop }: Pick<ContractTwo, 'width' | 'height' | 'resize' | 'crop'>,
  from: Size,
): Framing {
  const frame = { width, height };
  const resized = resizedSize(resize, from);
  const canvas = canvasOf(resize, frame, resized);
  // What a cover leaves over is cut around the centre, before anything else is.
  const cut = resize.mode === 'cover' ? cropAt(resized, resize.size, 'centre') : atOrigin;
  if (!crop) return { resized, canvas, crop: cut };
  const within = resize.mode === 'cover' ? resize.size : canvas;
  const { left, top } = cropAt(within, crop.size, crop.align);
  return { resized, canvas, crop: { left: cut.left + left, top: cut.top + top } };
}

/**
 * The size that an image has after resizing. The side that follows from the other is cut to whole pixels as torchvision
 * does it, where something is cropped, and rounded where all of it is kept.
 */
function resizedSize(resize: Resize, from: Size): Size {
  if (resize.mode === 'fill') return resize.size;
  const size =
    typeof resize.size === 'number' ? { width: resize.size, height: resize.size } : resize.size;
  const isKept = resize.mode === 'contain' || resize.mode === 'longer-side';
  return isKept ? contained(size, from) : covering(size, from);
}

function covering({ width, height }: Size, from: Size): Size {
  return width * from.height >= height * from.width
    ? { width, height: Math.floor((width * from.height) / from.width) }
    : { width: Math.floor((height * from.width) / from.height), height };
}

function contained({ width, height }: Size, from: Size): Size {
  return width * from.height <= height * from.width
    ? { width, height: Math.max(1, roundHalfToEven((width * from.height) / from.width)) }
    : { width: Math.max(1, roundHalfToEven((height * from.width) / from.height)), height };
}

function canvasOf(resize: Resize, frame: Size, resized: Size): Framing['canvas'] {
  if (!('pad' in resize)) return { width: resized.width, height: resized.height, left: 0, top: 0 };
  const size = resize.mode === 'contain' ? resize.size : frame;
  const offset = (room: number): number =>
    resize.pad.align === 'centre' ? Math.floor(room / 2) : 0;
  const { width, height } = size;
  return {
    width,
    height,
    left: offset(width - resized.width),
    top: offset(height - resized.height),
  };
}

function cropAt(from: Size, size: Size, align: Align): Offset {
  if (align === 'top-left') return atOrigin;
  return {
    left: roundHalfToEven((from.width - size.width) / 2),
    top: roundHalfToEven((from.height - size.height) / 2),
  };
}

/** As Python rounds, and with it torchvision where it crops. */
function roundHalfToEven(value: number): number {
  const below = Math.floor(value);
  return value - below === 0.5 ? below + (below % 2) : Math.round(value);
}
