import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { errors } from '../../src/errors.ts';
import { createRepository } from '../../src/repository/model-repository.ts';
import type { Publication } from '../../src/repository/repository.ts';
import type { ArtifactStore } from '../../src/repository/stores/artifact-store.ts';
import { createMemoryStore } from '../../src/repository/stores/memory-store.ts';
import { aDraft } from '../support/drafts.ts';

/** When the one write fails: before anything is done, or after it was, with its answer lost. */
type Failure = 'before' | 'after';

const lost = () => new errors.GLIMPSE_STORE_UNAVAILABLE('memory:', 'the connection broke');

/** A store of which one write, counted from 0, fails; without one none does. */
function failingAt(inner: ArtifactStore, at: number, failure: Failure): ArtifactStore {
  let writes = 0;
  return {
    ...inner,
    async write(key, body, options) {
      const isHit = writes === at;
      writes += 1;
      if (isHit && failure === 'before') throw lost();
      const written = await inner.write(key, body, options);
      if (isHit) throw lost();
      return written;
    },
  };
}

const over = (store: ArtifactStore) =>
  createRepository({ store, cacheDir: tmpdir(), maxArtifactBytes: 1e6 });

describe('publishing that is tried again', () => {
  it.each(['before', 'after'] as const)(
    'makes one version, and uses no number up, whichever write failed (%s it was done)',
    async (failure) => {
      for (let at = 0; ; at += 1) {
        const inner = createMemoryStore();
        const claimed: number[] = [];
        const signed: Publication = {
          writerId: 'w',
          onClaimed: async (version) => void claimed.push(version),
        };
        const broken = over(failingAt(inner, at, failure));
        const first = await broken.publish(aDraft({ label: 'candidate' }), undefined, signed).then(
          () => 'done',
          (error: unknown) => error,
        );
        if (first === 'done') break;
        expect(first).toMatchObject({ code: 'GLIMPSE_STORE_UNAVAILABLE' });
        const again = { ...signed, wasTried: true, claimed: claimed.at(-1) };
        const manifest = await over(inner).publish(
          aDraft({ label: 'candidate' }),
          undefined,
          again,
        );
        expect(manifest).toMatchObject({ version: 1, writerId: 'w' });
        expect(await over(inner).versions('digits')).toEqual([1]);
        expect(await over(inner).labels('digits')).toMatchObject({
          labels: { latest: 1, candidate: 1 },
        });
        // Claim, model, manifest, labels at least: each of them has failed once.
        if (at === 3) return;
      }
      throw new Error('fewer writes failed than publishing has');
    },
  );

  it('gives the next number to whoever publishes meanwhile', async () => {
    const inner = createMemoryStore();
    const failing = over(failingAt(inner, 1, 'before'));
    const signed = { writerId: 'w' };
    await expect(failing.publish(aDraft(), undefined, signed)).rejects.toThrow();
    expect((await over(inner).publish(aDraft())).version).toBe(2);
    const again = { ...signed, wasTried: true, claimed: 1 };
    expect((await over(inner).publish(aDraft(), undefined, again)).version).toBe(1);
    expect(await over(inner).versions('digits')).toEqual([1, 2]);
    expect(await over(inner).labels('digits')).toMatchObject({ labels: { latest: 2 } });
  });

  it('gives two publishers at once a number each, fifty times, whose answers are lost by turns', async () => {
    const inner = createMemoryStore();
    let writes = 0;
    // S3 writes, the answer is lost, the client asks again, and is refused because of its own object.
    const forgetful: ArtifactStore = {
      ...inner,
      async write(key, body, options) {
        writes += 1;
        const written = await inner.write(key, body, options);
        return writes % 3 === 0 && options?.condition !== undefined ? 'conflict' : written;
      },
    };
    for (let round = 0; round < 50; round += 1) {
      const both = [over(forgetful), over(forgetful)].map((one) => one.publish(aDraft()));
      const [one, other] = await Promise.all(both);
      expect(one!.version).not.toBe(other!.version);
    }
    const versions = await over(inner).versions('digits');
    expect(versions).toEqual(Array.from({ length: 100 }, (_, index) => index + 1));
    expect(await over(inner).labels('digits')).toMatchObject({ labels: { latest: 100 } });
  });

  it('takes no claim of another publisher for its own', async () => {
    const inner = createMemoryStore();
    const failing = over(failingAt(inner, 1, 'before'));
    await expect(failing.publish(aDraft(), undefined, { writerId: 'other' })).rejects.toThrow();
    const manifest = await over(inner).publish(aDraft(), undefined, {
      writerId: 'w',
      wasTried: true,
    });
    expect(manifest.version).toBe(2);
  });
});

const labelled = () => aDraft({ label: 'candidate' });
const attempt = (writerId: string): Publication => ({ writerId, once: 'a-job' });

describe('publishing what several try at once', () => {
  it('makes one version of all attempts, and each of them is told of that one', async () => {
    const inner = createMemoryStore();
    const manifests = await Promise.all(
      ['a', 'b', 'c', 'd'].map((writer) =>
        over(inner).publish(labelled(), undefined, attempt(writer)),
      ),
    );
    const [{ version, writerId }] = manifests as [(typeof manifests)[number]];
    expect(manifests.map((one) => [one.version, one.writerId])).toEqual(
      manifests.map(() => [version, writerId]),
    );
    expect(await over(inner).versions('digits')).toEqual([version]);
    expect(await over(inner).labels('digits')).toMatchObject({
      labels: { latest: version, candidate: version },
    });
  });

  it.each(['before', 'after'] as const)(
    'is finished by another attempt, whichever write was the last one (%s it was done)',
    async (failure) => {
      for (let at = 0; at < 6; at += 1) {
        const inner = createMemoryStore();
        const broken = over(failingAt(inner, at, failure));
        await broken.publish(labelled(), undefined, attempt('first')).catch(() => {});
        const manifest = await over(inner).publish(labelled(), undefined, attempt('second'));
        expect(await over(inner).versions('digits')).toEqual([manifest.version]);
        expect(await over(inner).labels('digits')).toMatchObject({
          labels: { latest: manifest.version, candidate: manifest.version },
        });
        const late = await over(inner).publish(labelled(), undefined, attempt('first'));
        expect(late).toEqual(manifest);
      }
    },
  );

  it('does not bring a version back that was published and has gone since', async () => {
    const inner = createMemoryStore();
    const { version } = await over(inner).publish(labelled(), undefined, attempt('first'));
    await inner.remove(`digits/${version}/manifest.json`);
    await expect(
      over(inner).publish(labelled(), undefined, attempt('second')),
    ).rejects.toMatchObject({ code: 'GLIMPSE_VERSION_NOT_FOUND' });
    expect(await over(inner).versions('digits')).toEqual([]);
  });

  it('leaves what bears another name alone', async () => {
    const inner = createMemoryStore();
    await over(inner).publish(labelled(), undefined, attempt('first'));
    const other = { writerId: 'second', once: 'another-job' };
    expect((await over(inner).publish(labelled(), undefined, other)).version).toBe(2);
  });
});
