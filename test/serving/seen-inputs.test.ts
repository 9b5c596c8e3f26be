import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { createCancellation } from '../../src/cancellation.ts';
import { errors } from '../../src/errors.ts';
import { normalised, type Layout } from '../../src/image/prepare-pixels.ts';
import { pixelsProvenance } from '../../src/image/provenance.ts';
import { plainContract, presetOf, type PresetName } from '../../src/preprocessing/presets.ts';
import type { Contract } from '../../src/serving/prepare-instances.ts';
import { onlyFiles, withSeenInputs } from '../../src/serving/seen-inputs.ts';

const size = { width: 5, height: 3 };

function contractOf(preset: PresetName, channels: 1 | 3, layout: Layout): Contract {
  return {
    preprocessing: { ...plainContract({ ...size, channels }), ...presetOf(preset), ...size },
    signature: {
      input: { name: 'x', dtype: 'float32', layout, shape: [1] },
      output: { name: 'y', kind: 'logits' },
      classes: ['a', 'b'],
    },
  };
}

const pixelsOf = (channels: number): Uint8Array =>
  Uint8Array.from({ length: size.width * size.height * channels }, (_, at) => (at * 37) % 256);

const prediction = { label: 'a', score: 1, top: [{ label: 'a', score: 1 }] };
const prepared = (example: Float32Array) =>
  ({ example, ink: undefined, provenance: pixelsProvenance, brightness: 0 }) as const;

describe('what a model was given', () => {
  it.each([
    ['plain', 1, 'NHW'],
    ['plain', 1, 'NC'],
    ['plain', 3, 'NHWC'],
    ['imagenet-torchvision', 3, 'NCHW'],
    ['imagenet-keras-caffe', 3, 'NHWC'],
    ['imagenet-keras-caffe', 3, 'NCHW'],
    ['imagenet-keras-tf', 3, 'NHWC'],
  ] as const)('is shown in its own levels and colours: %s, %i, %s', async (...which) => {
    const [preset, channels, layout] = which;
    const contract = contractOf(preset, channels, layout);
    const pixels = pixelsOf(channels);
    const example = normalised(pixels, contract.preprocessing, layout);
    const cancellation = createCancellation();
    const [seen] = await withSeenInputs([prediction], [prepared(example)], contract, {
      cancellation,
    });
    cancellation.end();
    expect(seen).toMatchObject({ ...prediction, saw: { ...size, channels } });
    const { png } = (seen as { saw: { png: string } }).saw;
    const image = sharp(Buffer.from(png, 'base64'));
    expect((await image.metadata()).channels).toBe(channels);
    const read = channels === 1 ? image.toColourspace('b-w') : image;
    expect([...(await read.raw().toBuffer())]).toEqual([...pixels]);
  });

  it('is paid for, and not made for a caller who left', async () => {
    const contract = contractOf('plain', 3, 'NHWC');
    const example = prepared(normalised(pixelsOf(3), contract.preprocessing, 'NHWC'));
    const cancellation = createCancellation();
    cancellation.cancel(new errors.GLIMPSE_CLIENT_CLOSED());
    const kept: number[] = [];
    const account = { keepMore: (bytes: number) => kept.push(bytes) };
    await expect(
      withSeenInputs([prediction], [example], contract, {
        cancellation,
        account: account as never,
      }),
    ).rejects.toMatchObject({ code: 'GLIMPSE_CLIENT_CLOSED' });
    expect(kept).toEqual([4 * 5 * 3 * 3]);
  });
});

describe('instances to be explained', () => {
  it('stay as they are where they are files or have failed; all others have failed then', () => {
    const file = { kind: 'image', bytes: new Uint8Array(1) } as const;
    const failed = { kind: 'failed', error: new errors.GLIMPSE_IMAGE_EMPTY() } as const;
    const pixels = { kind: 'pixels', values: [0] } as const;
    const tensor = { kind: 'tensor', shape: [1], values: new Float32Array(1) } as const;
    const [first, second, ...others] = onlyFiles([file, failed, pixels, tensor]);
    expect([first, second]).toEqual([file, failed]);
    expect(others).toMatchObject(
      others.map(() => ({ kind: 'failed', error: { code: 'GLIMPSE_CANNOT_EXPLAIN_PIXELS' } })),
    );
    expect(others).toHaveLength(2);
  });
});
