import { openImage } from './libvips.ts';

/** Grey or RGB pixels as a JPEG file with as little loss as cameras and browsers ask for at most. */
export async function encodeJpeg(
  pixels: Uint8Array,
  size: { width: number; height: number; channels: 1 | 3 },
): Promise<Buffer> {
  const image = await openImage(pixels, { raw: size });
  return image
    .toColourspace(size.channels === 1 ? 'b-w' : 'srgb')
    .jpeg({ quality: 95, chromaSubsampling: '4:4:4' })
    .toBuffer();
}
