import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { requestBytes } from './load.ts';

const samples = join(import.meta.dirname, '..', 'samples');

/** One kind of request, as bytes on the wire. */
export interface Body {
  readonly name: string;
  readonly images: number;
  readonly bytes: number;
  readonly request: Buffer;
}

/** How many examples the JSON batch holds. */
const BATCH = 8;

async function filesIn(folder: string, ending: RegExp): Promise<Buffer[]> {
  const names = (await readdir(join(samples, folder))).filter((name) => ending.test(name)).sort();
  if (names.length === 0) throw new Error(`no sample in samples/${folder} matches ${ending}`);
  return Promise.all(names.map((name) => readFile(join(samples, folder, name))));
}

function multipart(file: Buffer): { type: string; body: Buffer } {
  const boundary = 'glimpse-bench-boundary';
  const head =
    `--${boundary}\r\ncontent-disposition: form-data; name="image"; filename="7.png"\r\n` +
    'content-type: image/png\r\n\r\n';
  return {
    type: `multipart/form-data; boundary=${boundary}`,
    body: Buffer.concat([Buffer.from(head), file, Buffer.from(`\r\n--${boundary}--\r\n`)]),
  };
}

/** The four bodies of the bench, from the samples we drew ourselves. */
export async function makeBodies(path = '/predict'): Promise<Body[]> {
  const digits = await filesIn('golden', /\.png$/);
  const [photo] = await filesIn('photos', /\.(png|jpe?g|webp)$/);
  const png = digits[0]!;
  const form = multipart(png);
  const jpeg = await sharp(photo)
    .resize(640, 480, { fit: 'contain', background: '#d8d4cc' })
    .jpeg({ quality: 85 })
    .toBuffer();
  const instances = await Promise.all(
    Array.from({ length: BATCH }, async (_, index) => [
      ...(await sharp(digits[index % digits.length])
        .greyscale()
        .resize(28, 28)
        .raw()
        .toBuffer()),
    ]),
  );
  const json = Buffer.from(JSON.stringify({ instances }));
  const body = (name: string, type: string, bytes: Buffer, images = 1): Body => ({
    name,
    images,
    bytes: bytes.length,
    request: requestBytes(path, type, bytes),
  });
  return [
    body('PNG 28x28', 'image/png', png),
    body('multipart PNG 28x28', form.type, form.body),
    body('JPEG 640x480', 'image/jpeg', jpeg),
    body(`JSON pixels, ${BATCH} a request`, 'application/json', json, BATCH),
  ];
}
