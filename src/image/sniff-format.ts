import { errors } from '../errors.ts';

/** The formats that are read; every other one is refused before libvips sees a byte of it. */
export type ImageFormat = 'png' | 'jpeg' | 'webp' | 'gif' | 'avif' | 'tiff';

/** The format the first bytes name. GLIMPSE_IMAGE_EMPTY, GLIMPSE_UNSUPPORTED_FORMAT (with its name). */
export function sniffFormat(bytes: Uint8Array): ImageFormat {
  if (bytes.length === 0) throw new errors.GLIMPSE_IMAGE_EMPTY();
  if (isPng(bytes)) return 'png';
  const found = recognise(bytes);
  if ('other' in found) throw new errors.GLIMPSE_UNSUPPORTED_FORMAT(found.other);
  return found.format;
}

const pngStart = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] as const;

/** Small ones are read in less time than it takes to look through the list of formats. */
function isPng(bytes: Uint8Array): boolean {
  for (let at = 0; at < pngStart.length; at += 1) if (bytes[at] !== pngStart[at]) return false;
  return true;
}

/** The format that is read, or what else the first bytes look like. */
export function recognise(
  bytes: Uint8Array,
): { readonly format: ImageFormat } | { readonly other: string } {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 512)).toString(
    'latin1',
  );
  const readable = readableFormats.find(([magic]) => head.startsWith(magic));
  if (readable) return { format: readable[1] };
  if (head.startsWith('RIFF') && head.startsWith('WEBP', 8)) return { format: 'webp' };
  if (isoBrands(head).some((brand) => brand === 'avif' || brand === 'avis')) {
    return { format: 'avif' };
  }
  return { other: nameOf(head) };
}

/** First bytes, written as Latin-1 text: one character is one byte. */
const readableFormats: readonly (readonly [string, ImageFormat])[] = [
  ['\x89PNG\r\n\x1a\n', 'png'],
  ['\xff\xd8\xff', 'jpeg'],
  ['GIF87a', 'gif'],
  ['GIF89a', 'gif'],
  ['II*\0', 'tiff'],
  ['MM\0*', 'tiff'],
  ['II+\0', 'tiff'],
  ['MM\0+', 'tiff'],
];

/** What people send by mistake, so that the refusal can say its name. */
const refusedFormats: readonly (readonly [string, string])[] = [
  ['%PDF-', 'PDF'],
  ['%!PS', 'PostScript'],
  ['BM', 'BMP'],
  ['8BPS', 'PSD'],
  ['\xff\x0a', 'JPEG XL'],
  ['\0\0\0\x0cJXL ', 'JPEG XL'],
  ['\0\0\0\x0cjP  ', 'JPEG 2000'],
  ['\xff\x4f\xff\x51', 'JPEG 2000'],
  ['\0\0\x01\0', 'ICO'],
  ['\0\0\x02\0', 'CUR'],
  ['#?RADIANCE', 'Radiance HDR'],
  ['v/1\x01', 'OpenEXR'],
  ['SIMPLE  =', 'FITS'],
  ['gimp xcf', 'XCF'],
  ['qoif', 'QOI'],
  ['DDS ', 'DDS'],
  ['\x93NUMPY', 'NumPy'],
  ['PK\x03\x04', 'ZIP'],
  ['\x1f\x8b', 'gzip'],
  ['RIFF', 'RIFF without WebP'],
  ['\x1a\x45\xdf\xa3', 'Matroska video'],
];

const textFormats: readonly (readonly [RegExp, string])[] = [
  [/^P[1-3]\s/, 'PNM'],
  [/^<([?!][^]*<)?(svg|!doctype svg)[\s>]/i, 'SVG'],
  [/^<(!doctype html|html)/i, 'HTML'],
  [/^<\?xml/i, 'XML'],
  [/^data:/i, 'a data URL'],
  [/^[[{]/, 'JSON'],
  [/^--[^\r\n]{1,70}\r\n/, 'a multipart form'],
  [/^[\w.%+[\]-]{1,100}=/, 'form fields'],
];

const isoNames: readonly (readonly [RegExp, string])[] = [
  [/^(hei[cmsx]|hev[cmsx])$/, 'HEIC'],
  [/^(mif1|msf1|mif2|miaf)$/, 'HEIF'],
  [/^crx $/, 'CR3'],
  [/^(isom|iso\d|mp4\d|avc1|qt {2}|M4V )$/, 'MP4 video'],
];

function nameOf(head: string): string {
  const refused = refusedFormats.find(([magic]) => head.startsWith(magic));
  if (refused) return refused[1];
  const brands = isoBrands(head);
  const iso = isoNames.find(([brand]) => brands.some((name) => brand.test(name)));
  if (iso) return iso[1];
  if (brands.length > 0) return 'an unknown ISO media file';
  if (/^P[4-7]\s/.test(head)) return 'PNM';
  // A text may start with a byte order mark and blanks.
  const text = head.replace(/^(\xef\xbb\xbf)?\s*/, '');
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
