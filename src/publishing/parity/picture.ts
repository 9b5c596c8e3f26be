import { alphaRuleOf, type AlphaRule } from '../../image/alpha.ts';
import { decodeImage, type ImageLimits } from '../../image/decode-image.ts';
import { frameRaster } from '../../image/framing/frame-raster.ts';
import { toColour, toGrey, type Raster } from '../../image/raster.ts';
import { resample } from '../../image/resampling/resample.ts';
import { wholeSize } from '../../image/resize.ts';
import { sniffFormat } from '../../image/sniff-format.ts';
import type { ContractTwo } from '../../preprocessing/contract-two.ts';
import { framingOf } from '../../preprocessing/framing.ts';
import type { Reference } from './read-references.ts';

/** The words of a contract that say how a file is read, and matter to few files. */
export const readingWords = ['icc', 'exif', 'alpha'] as const;
export type ReadingWord = (typeof readingWords)[number];

/** An image of a reference, decoded once for many contracts. */
export interface Picture {
  readonly pixelCount: number;
  readonly width: number;
  readonly height: number;
  /** Whether its pixels may be others for another value of the word. */
  minds(word: ReadingWord): boolean;
  /** Its pixels under a contract that canonicalises nothing, in the order of rows, columns and RGB. */
  pixels(contract: ContractTwo): Promise<Uint8Array>;
}

/** Resized images that are kept for the next contract, which often asks for the same. */
const KEPT = 32;

/** Decodes an image and says what about it a contract may decide. */
export async function openPicture(bytes: Buffer, limits: ImageLimits): Promise<Picture> {
  const format = sniffFormat(bytes);
  const decode = (how: Pick<ContractTwo, 'icc' | 'exif'>, alpha: AlphaRule) =>
    decodeImage(bytes, format, {
      limits,
      icc: how.icc,
      exif: how.exif,
      alpha,
      size: wholeSize,
      resizeBytes: () => 0,
      hold: async () => () => {},
    });
  const first = await decode({ icc: 'apply', exif: 'ignore' }, 'drop');
  const mayTurn = format === 'tiff' || /exif/i.test(bytes.toString('latin1'));
  const minded: Record<ReadingWord, boolean> = {
    icc: first.hasProfile,
    exif: mayTurn,
    alpha: first.isFlattened,
  };
  const rasters = new Map<string, Promise<Raster>>();
  const resized = new Map<string, Raster>();
  const readingOf = (contract: ContractTwo): string =>
    JSON.stringify(readingWords.map((word) => minded[word] && contract[word]));
  const rasterFor = (contract: ContractTwo): Promise<Raster> => {
    const key = readingOf(contract);
    const raster =
      rasters.get(key) ?? decode(contract, alphaRuleOf(contract)).then(({ image }) => image);
    rasters.set(key, raster);
    return raster;
  };
  return {
    pixelCount: first.image.width * first.image.height,
    width: first.image.width,
    height: first.image.height,
    minds: (word) => minded[word],
    async pixels(contract) {
      const whole = await rasterFor(contract);
      const { resize, channels } = contract;
      const size = framingOf(contract, whole).resized;
      const key = JSON.stringify([
        readingOf(contract),
        size,
        resize.kernel,
        resize.antialias,
        channels,
      ]);
      let ready = resized.get(key);
      if (!ready) {
        ready = resample(channels === 1 ? toGrey(whole) : toColour(whole), size, resize);
        if (resized.size === KEPT) resized.clear();
        resized.set(key, ready);
      }
      // An image of the size it is to have is framed as it is.
      return frameRaster(ready, contract).data;
    },
  };
}

/** A reference whose image is decoded. */
export interface Pictured extends Pick<Reference, 'tensor' | 'scores'> {
  readonly picture: Picture;
}

/** Contracts are looked for on so many images, and on no more pixels than this; what was found is tried on all. */
const MOST_PICTURES = 12;
const MOST_PIXELS = 16_000_000;

/** The first images, and of the others those about which something is to be told that is not of the first. */
export async function choosePictures(
  references: readonly Reference[],
  limits: ImageLimits,
): Promise<Pictured[]> {
  const chosen: Pictured[] = [];
  let pixels = 0;
  for (const { bytes, tensor, scores } of references) {
    const picture = await openPicture(bytes, limits);
    const isNews = readingWords.some(
      (word) => picture.minds(word) && !chosen.some((one) => one.picture.minds(word)),
    );
    const isFull = chosen.length >= MOST_PICTURES || pixels + picture.pixelCount > MOST_PIXELS;
    if (chosen.length > 0 && isFull && !isNews) continue;
    pixels += picture.pixelCount;
    chosen.push({ picture, tensor, scores });
  }
  return chosen;
}
