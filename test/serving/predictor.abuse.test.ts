import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pixelsProvenance } from '../../src/image/provenance.ts';
import {
  createCancellation,
  type Cancellation,
  type CancelSignal,
} from '../../src/cancellation.ts';
import { errors } from '../../src/errors.ts';
import type { Lease } from '../../src/registry/loaded-version.ts';
import { createPredictor, type PredictRequest } from '../../src/serving/predictor.ts';
import { createGate } from '../support/puppet-runtime.ts';
import { outcome, turn } from '../support/puppet-run.ts';
import { createRegistryRig, type RegistryRig } from '../support/registry-rig.ts';

let rig: RegistryRig;
beforeEach(async () => {
  rig = await createRegistryRig();
  await rig.publish();
  await rig.registry.start();
});
afterEach(() => rig.registry.close());

/** An image room whose images take as long as the test wants. */
function slowImages() {
  const gate = createGate();
  const signals: CancelSignal[] = [];
  return {
    gate,
    signals,
    prepareWithInk: async (
      _bytes: Uint8Array,
      _preprocessing: unknown,
      _layout: unknown,
      signal?: CancelSignal,
    ) => {
      if (signal) signals.push(signal);
      await gate.promise;
      return {
        example: new Float32Array(4),
        ink: undefined,
        provenance: pixelsProvenance,
        brightness: 0,
      };
    },
    readPage: () => Promise.reject(new Error('no lines here')),
  };
}

function requestOf(changes: Partial<PredictRequest>): PredictRequest {
  return {
    model: 'digits',
    instances: [{ kind: 'pixels', values: [0, 0, 0, 0] }],
    topK: 1,
    partial: false,
    cancellation: createCancellation(),
    ...changes,
  };
}

const image = { kind: 'image', bytes: new Uint8Array(8) } as const;
const leave = (caller: Cancellation) => caller.cancel(new errors.GLIMPSE_CLIENT_CLOSED());
const soon = () => createCancellation({ deadline: performance.now() + 30 });
const leases = () => rig.registry.describeModel('digits').versions[0]!.leases;

describe('a caller who leaves', () => {
  it('before anything has begun gets no lease', async () => {
    const predictor = createPredictor({ registry: rig.registry, images: slowImages() });
    const caller = createCancellation();
    leave(caller);
    const gone = predictor.predict(requestOf({ cancellation: caller }));
    expect(await outcome(gone)).toEqual({ code: 'GLIMPSE_CLIENT_CLOSED' });
    expect(leases()).toBe(0);
  });

  it('while a version is loaded for it gives the lease back that comes too late', async () => {
    await rig.publish();
    await rig.publish();
    await rig.registry.reconcile();
    await expect.poll(() => rig.events).toContain('UNLOADED digits/1');
    const release = rig.puppets.hold(1);
    const caller = createCancellation();
    const predictor = createPredictor({ registry: rig.registry, images: slowImages() });
    const request = requestOf({ selector: { version: 1 }, cancellation: caller });
    const gone = outcome(predictor.predict(request));
    await turn();
    leave(caller);
    expect(await gone).toEqual({ code: 'GLIMPSE_CLIENT_CLOSED' });
    release();
    await rig.registry.reconcile();
    expect(rig.registry.describeModel('digits').versions[0]).toMatchObject({
      state: 'READY',
      leases: 0,
    });
  });

  it('while its images are decoded is let go at once, and the decoding is told', async () => {
    const images = slowImages();
    const caller = createCancellation();
    const predictor = createPredictor({ registry: rig.registry, images });
    const gone = outcome(
      predictor.predict(requestOf({ instances: [image], cancellation: caller })),
    );
    await turn();
    expect(leases()).toBe(1);
    leave(caller);
    expect(await gone).toEqual({ code: 'GLIMPSE_CLIENT_CLOSED' });
    expect(images.signals[0]!.aborted).toBe(true);
    expect(leases()).toBe(0);
    images.gate.open();
    await turn();
    expect(rig.puppets.runtime(1).batches, 'only the warm-up ran').toBe(1);
  });

  it('while its images wait for the model costs the model nothing', async () => {
    const predictor = createPredictor({ registry: rig.registry, images: slowImages() });
    const gate = createGate();
    rig.puppets.runtime(1).gate = gate.promise;
    const first = predictor.predict(requestOf({}));
    await turn();
    const caller = createCancellation();
    const gone = outcome(predictor.predict(requestOf({ cancellation: caller })));
    await turn();
    leave(caller);
    expect(await gone).toEqual({ code: 'GLIMPSE_CLIENT_CLOSED' });
    gate.open();
    expect((await first).predictions).toHaveLength(1);
    expect(rig.puppets.runtime(1).batches).toBe(2);
    expect(leases()).toBe(0);
  });
});

describe('a deadline', () => {
  it('that has passed is told at once', async () => {
    const predictor = createPredictor({ registry: rig.registry, images: slowImages() });
    const late = predictor.predict(
      requestOf({ cancellation: createCancellation({ deadline: performance.now() - 1 }) }),
    );
    expect(await outcome(late)).toEqual({ code: 'GLIMPSE_DEADLINE_EXCEEDED' });
  });

  it('ends the wait for slow images and for a slow model alike, and returns the lease', async () => {
    const images = slowImages();
    const predictor = createPredictor({ registry: rig.registry, images });
    const slowImage = predictor.predict(requestOf({ instances: [image], cancellation: soon() }));
    const gate = createGate();
    rig.puppets.runtime(1).gate = gate.promise;
    const slowModel = predictor.predict(requestOf({ cancellation: soon() }));
    const late = { code: 'GLIMPSE_DEADLINE_EXCEEDED' };
    expect(await Promise.all([outcome(slowImage), outcome(slowModel)])).toEqual([late, late]);
    expect(leases()).toBe(0);
    gate.open();
    images.gate.open();
  });
});

/** An image room in which everything fails. */
function failing(error: Error) {
  const fail = async (): Promise<never> => {
    throw error;
  };
  return { prepareWithInk: fail, readPage: fail };
}

describe('trouble that is not of one image', () => {
  const busy = failing(new errors.GLIMPSE_DECODE_QUEUE_FULL(64));
  const broken = failing(new Error('a bug'));

  it('refuses the whole request, also with partial', async () => {
    for (const [images, code] of [
      [busy, 'GLIMPSE_DECODE_QUEUE_FULL'],
      [broken, 'Error: a bug'],
    ] as const) {
      const predictor = createPredictor({ registry: rig.registry, images });
      const request = requestOf({ instances: [image, image], partial: true });
      expect(await outcome(predictor.predict(request))).toEqual({ code });
    }
    expect(leases()).toBe(0);
  });

  it('of the model rejects and returns the lease', async () => {
    const predictor = createPredictor({ registry: rig.registry, images: slowImages() });
    const puppet = rig.puppets.runtime(1);
    puppet.infer = () => Promise.reject(new errors.GLIMPSE_RUNTIME_FAILED('it fell'));
    expect(await outcome(predictor.predict(requestOf({})))).toEqual({
      code: 'GLIMPSE_RUNTIME_FAILED',
    });
    expect(leases()).toBe(0);
  });

  it('one bad image ends the work on those before it, and none is begun behind it', async () => {
    const images = slowImages();
    const predictor = createPredictor({ registry: rig.registry, images });
    const instances = [image, { kind: 'pixels', values: 'no' } as const, image];
    await expect(predictor.predict(requestOf({ instances }))).rejects.toMatchObject({
      details: { index: 1 },
    });
    expect(images.signals.map(({ aborted }) => aborted)).toEqual([true]);
    images.gate.open();
  });
});

describe('a lease', () => {
  it('is released exactly once for each request, whatever happens', async () => {
    let out = 0;
    let releases = 0;
    const leaving = createCancellation();
    const registry = {
      lease: async (model: string): Promise<Lease> => {
        const lease = await rig.registry.lease(model);
        out += 1;
        if (out === 3) leave(leaving);
        return {
          ...lease,
          release: () => {
            releases += 1;
            lease.release();
          },
        };
      },
    };
    const predictor = createPredictor({ registry, images: slowImages() });
    const requests = [
      requestOf({}),
      requestOf({ instances: [{ kind: 'pixels', values: [] }] }),
      requestOf({ instances: [image], cancellation: leaving }),
    ];
    await Promise.all(requests.map((request) => outcome(predictor.predict(request))));
    expect([out, releases]).toEqual([3, 3]);
  });
});
