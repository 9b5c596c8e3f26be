import { setTimeout as delay } from 'node:timers/promises';
import sharp from 'sharp';
import type { AttackCase, Target } from './case.ts';
import { otherAddress, send, statuses, watchServer, type Answer } from './watch.ts';

const images = 256;
const side = 7_000;
const photos = 40;
const everyMs = 250;

/** A form of one file, sent so many times. */
function form(file: Buffer, count: number): { type: string; body: Buffer } {
  const boundary = 'glimpse-attack-boundary';
  const part = Buffer.concat([
    Buffer.from(
      `--${boundary}\r\ncontent-disposition: form-data; name="image"; filename="a.png"\r\ncontent-type: image/png\r\n\r\n`,
    ),
    file,
    Buffer.from('\r\n'),
  ]);
  const parts = Array.from({ length: count }, () => part);
  return {
    type: `multipart/form-data; boundary=${boundary}`,
    body: Buffer.concat([...parts, Buffer.from(`--${boundary}--\r\n`)]),
  };
}

/** Photos of another caller at a steady pace, whether the ones before were answered or not. */
async function sendPhotos(server: Target, photo: Buffer): Promise<Answer[]> {
  const answers: Promise<Answer>[] = [];
  for (let i = 0; i < photos; i += 1) {
    answers.push(send(server, '/predict', { type: 'image/jpeg', body: photo, from: otherAddress }));
    await delay(everyMs);
  }
  return Promise.all(answers);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

/** One request of many images that are small as files and large as pixels, beside somebody's photos. */
export const largeImages: AttackCase = {
  name: `one request of ${images} images of 49 megapixels beside another caller's photos`,
  async run(server) {
    const huge = await sharp({
      create: { width: side, height: side, channels: 3, background: '#fff' },
    })
      .png({ palette: true, compressionLevel: 9 })
      .toBuffer();
    const photo = await sharp({
      create: { width: 640, height: 480, channels: 3, background: '#d8d4cc' },
    })
      .jpeg()
      .toBuffer();
    const before = await sendPhotos(server, photo);
    const watch = watchServer(server);
    const attack = send(server, '/predict', form(huge, images));
    await delay(300);
    const during = await sendPhotos(server, photo);
    const seen = await watch.stop();
    const attacked = await attack;
    const good = during.filter(({ status }) => status === 200).length;
    const [usualMs, duringMs] = [before, during].map((all) => median(all.map(({ ms }) => ms)));
    const slowestMs = Math.max(...during.map(({ ms }) => ms));
    return {
      held:
        good >= 0.8 * photos &&
        slowestMs < 2_000 &&
        seen.livezFailures === 0 &&
        seen.livezSlowestMs < 100,
      figures: {
        ...seen,
        fileBytes: huge.length,
        attacker: `${attacked.status} after ${Math.round(attacked.ms)} ms`,
        photos: statuses(during),
        photoMedianMs: `${Math.round(duringMs!)} (alone ${Math.round(usualMs!)})`,
        photoSlowestMs: Math.round(slowestMs),
      },
    };
  },
};
