import { crc32, deflateSync } from 'node:zlib';
import type { Attack } from './attack.ts';
import { countStatuses, send, type Call } from './wire.ts';

/** A PNG file of one colour and any size, written as cheaply as it is sent; `claimed` is the size its head tells. */
function plainPng(side: number, claimed = side): Buffer {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(claimed, 0);
  head.writeUInt32BE(claimed, 4);
  head.set([8, 0, 0, 0, 0], 8);
  const pixels = deflateSync(Buffer.alloc((side + 1) * side));
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('IHDR', head),
    chunk('IDAT', pixels),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type), data]);
  const [length, checksum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  checksum.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, checksum]);
}

function formOf(key: string, images: readonly Buffer[], timeoutMs = 30_000): Call {
  const parts = images.map((image, at) =>
    Buffer.concat([
      Buffer.from(
        `--b\r\ncontent-disposition: form-data; name="image"; filename="${at}.png"\r\ncontent-type: image/png\r\n\r\n`,
      ),
      image,
      Buffer.from('\r\n'),
    ]),
  );
  return {
    method: 'POST',
    path: '/predict',
    headers: {
      'x-api-key': key,
      'content-type': 'multipart/form-data; boundary=b',
      'x-request-timeout-ms': '10000',
    },
    body: Buffer.concat([...parts, Buffer.from('--b--\r\n')]),
    timeoutMs,
  };
}

const fullRequest: Attack = {
  name: '256 PNG files of 49 megapixels in one request',
  group: 'request cost',
  isLoad: true,
  async run({ url, callers }) {
    const image = plainPng(7_000);
    const call = formOf(
      callers.predict,
      Array.from({ length: 256 }, () => image),
    );
    const { status, code } = await send(url, call);
    return {
      held: status !== 0,
      figures: `${Math.round(call.body!.length / 1024)} KiB: ${status} ${code ?? ''}`,
    };
  },
};

const manyRequests: Attack = {
  name: '64 requests of four PNG files of 49 megapixels each',
  group: 'request cost',
  isLoad: true,
  async run({ url, callers }) {
    const image = plainPng(7_000);
    const call = formOf(callers.predict, [image, image, image, image]);
    const responses = await Promise.all(Array.from({ length: 64 }, () => send(url, call)));
    return {
      held: responses.every(({ status }) => status !== 0),
      figures: countStatuses(responses),
    };
  },
};

const liars: Attack = {
  name: 'images that are larger or smaller than their head tells, or end early',
  group: 'request cost',
  isLoad: true,
  async run({ url, callers }) {
    const honest = plainPng(1_000);
    const gif = Buffer.concat([Buffer.from('GIF89a'), Buffer.from([255, 255, 255, 255, 0, 0, 0])]);
    const images = [
      plainPng(64, 60_000),
      plainPng(64, 2 ** 31 - 1),
      plainPng(2_000, 28),
      honest.subarray(0, honest.length / 2),
      gif,
      Buffer.concat([gif, Buffer.alloc(4 * 1024 * 1024, 0x2c)]),
      Buffer.from('ffd8ffe0ffff4a464946', 'hex'),
      Buffer.from(
        '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><image href="file:///etc/passwd"/></svg>',
      ),
    ];
    const responses = await Promise.all(
      images.map((image) => send(url, formOf(callers.predict, [image]))),
    );
    const quoted = responses.filter(({ text }) => text.includes('root:')).length;
    // An image with too many pixels in it is read as its head tells, with a warning.
    const held =
      responses.every(({ status }) => [200, 413, 415, 422, 429].includes(status)) && quoted === 0;
    return { held, figures: countStatuses(responses) };
  },
};

export const imageAttacks: readonly Attack[] = [fullRequest, manyRequests, liars];
