import { errors } from '../errors.ts';

/** The formats that are read; every other one is refused before libvips sees a byte of it. */
export type ImageFormat = 'png' | 'jpeg' | 'webp' | 'gif' | 'avif' | 'tiff';

/** The format the first bytes name. GLIMPSE_IMAGE_EMPTY, GLIMPSE_UNSUPPORTED_FORMAT (with its name). */
export function sniffFormat(bytes: Uint8Array): ImageFormat {
  if (bytes.length === 0) throw new errors.GLIMPSE_IMAGE_EMPTY();
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 512)).toString(
    'latin1',
  );
  const readable = readableFormats.find(([magic]) => magic.test(head));
  if (readable) return readable[1];
  if (isoBrands(head).some((brand) => brand === 'avif' || brand === 'avis')) return 'avif';
  throw new errors.GLIMPSE_UNSUPPORTED_FORMAT(nameOf(head));
}

/** Magic bytes, written as Latin-1 text: one character is one byte. */
const readableFormats: readonly (readonly [RegExp, ImageFormat])[] = [
  [/^\x89PNG\r\n\x1a\n/, 'png'],
  [/^\xff\xd8\xff/, 'jpeg'],
  [/^RIFF[^]{4}WEBP/, 'webp'],
  [/^GIF8[79]a/, 'gif'],
  [/^(II[*+]\0|MM\0[*+])/, 'tiff'],
];

/** What people send by mistake, so that the refusal can say its name. */
const refusedFormats: readonly (readonly [RegExp, string])[] = [
  [/^%PDF-/, 'PDF'],
  [/^%!PS/, 'PostScript'],
  [/^BM/, 'BMP'],
  [/^8BPS/, 'PSD'],
  [/^(\xff\x0a|\0\0\0\x0cJXL )/, 'JPEG XL'],
  [/^(\0\0\0\x0cjP {2}|\xff\x4f\xff\x51)/, 'JPEG 2000'],
  [/^\0\0[\x01\x02]\0/, 'ICO'],
  [/^P[1-7]\s/, 'PNM'],
  [/^#\?(RADIANCE|RGBE)/, 'Radiance HDR'],
  [/^v\/1\x01/, 'OpenEXR'],
  [/^SIMPLE {2}=/, 'FITS'],
  [/^gimp xcf/, 'XCF'],
  [/^qoif/, 'QOI'],
  [/^DDS /, 'DDS'],
  [/^\x93NUMPY/, 'NumPy'],
  [/^PK\x03\x04/, 'ZIP'],
  [/^\x1f\x8b/, 'gzip'],
  [/^RIFF/, 'RIFF without WebP'],
  [/^\x1a\x45\xdf\xa3/, 'Matroska video'],
];

const textFormats: readonly (readonly [RegExp, string])[] = [
  [/<svg[\s>]/i, 'SVG'],
  [/^<(!doctype html|html)/i, 'HTML'],
  [/^<\?xml/i, 'XML'],
  [/^data:/i, 'a data URL'],
  [/^[[{]/, 'JSON'],
];

const isoNames: readonly (readonly [RegExp, string])[] = [
  [/^(hei[cmsx]|hev[cmsx])$/, 'HEIC'],
  [/^(mif1|msf1|mif2|miaf)$/, 'HEIF'],
  [/^crx $/, 'CR3'],
  [/^(isom|iso\d|mp4\d|avc1|qt {2}|M4V )$/, 'MP4 video'],
];

function nameOf(head: string): string {
  const refused = refusedFormats.find(([magic]) => magic.test(head));
  if (refused) return refused[1];
  const brands = isoBrands(head);
  const iso = isoNames.find(([brand]) => brands.some((name) => brand.test(name)));
  if (iso) return iso[1];
  if (brands.length > 0) return 'an unknown ISO media file';
  // A text may start with a byte order mark and blanks; anything with control bytes is no text.
  const text = head.replace(/^(\xef\xbb\xbf)?\s*/, '');
  if (/[\0-\x08\x0e-\x1f]/.test(text)) return 'unknown';
  return textFormats.find(([pattern]) => pattern.test(text))?.[1] ?? 'unknown';
}

/** Major and compatible brands of an ISO base media file (AVIF, HEIC, MP4), none for other bytes. */
function isoBrands(head: string): string[] {
  if (head.slice(4, 8) !== 'ftyp') return [];
  const end = Math.min(readUint32(head, 0), head.length);
  const brands = [head.slice(8, 12)];
  for (let at = 16; at + 4 <= end; at += 4) brands.push(head.slice(at, at + 4));
  return brands;
}

function readUint32(text: string, at: number): number {
  return [0, 1, 2, 3].reduce((value, i) => value * 256 + text.charCodeAt(at + i), 0);
}
