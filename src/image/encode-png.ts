import { openImage } from './libvips.ts';

/** Grey, RGB or RGBA pixels as a PNG file, losslessly. */
export async function encodePng(
  pixels: Uint8Array,
  size: { width: number; height: number; channels: 1 | 3 | 4 },
): Promise<Buffer> {
  const image = await openImage(pixels, { raw: size });
  // Without its own colour space a grey image would be written with three channels.
  return image
    .toColourspace(size.channels === 1 ? 'b-w' : 'srgb')
    .png({ compressionLevel: 9 })
    .toBuffer();
}
