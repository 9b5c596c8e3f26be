import { errors } from '../../src/errors.ts';
import { KnownModel } from '../../src/registry/known-model.ts';
import type { KnownVersion } from '../../src/registry/known-version.ts';
import { createLifecycle, type VersionLifecycle } from '../../src/registry/lifecycle.ts';
import type { Lease, LoadedVersion } from '../../src/registry/loaded-version.ts';
import { failureAfter, type LoadFailure } from '../../src/registry/quarantine.ts';
import type { RegistryEvents } from '../../src/registry/registry-events.ts';
import type { VersionPolicy } from '../../src/registry/policy/version-view.ts';

/** A version that nothing can make good. */
export const invalid = new errors.GLIMPSE_MODEL_INVALID('no.');
/** A store that is away. */
export const away = new errors.GLIMPSE_STORE_UNAVAILABLE('s3', 'x');
/** The failure of a version that is set aside. */
export const quarantined = (fingerprint: string): LoadFailure =>
  failureAfter(invalid, undefined, 0, fingerprint);

type Loaded = Pick<LoadedVersion, 'lease' | 'close'>;
type Act = (onWaited: (ms: number) => void) => Promise<Partial<Loaded>>;

/** One model with these versions, and what becomes of each load: nothing is loaded before `converge`. */
export function lifecycleBench(versions: readonly number[], changes: Partial<VersionPolicy> = {}) {
  const model = new KnownModel('digits');
  model.addVersions(versions);
  const clock = { now: 1_000_000 };
  const loads: number[] = [];
  const closed: number[] = [];
  const acts = new Map<number, Act>();
  let fingerprint: string | undefined = 'print';
  const open = (on: RegistryEvents = {}): VersionLifecycle =>
    createLifecycle({
      models: new Map([['digits', model]]),
      loader: {
        async load(_, version, _signal, onWaited) {
          loads.push(version);
          const made = await acts.get(version)?.(onWaited ?? (() => {}));
          const whole: Loaded = {
            lease: () => ({ version }) as unknown as Lease,
            close: async () => void closed.push(version),
          };
          return { ...whole, ...made } as LoadedVersion;
        },
        fingerprint: async () => fingerprint,
      },
      policy: { keepVersions: 1, maxLoadedVersions: 8, ...changes },
      on,
      now: () => clock.now,
    });
  return {
    model,
    clock,
    loads,
    closed,
    open,
    known: (version: number): KnownVersion => model.versions.get(version)!,
    refuse: (version: number, error: Error) => acts.set(version, () => Promise.reject(error)),
    allow: (version: number, act: Act = async () => ({})) => acts.set(version, act),
    setFingerprint: (print: string | undefined) => (fingerprint = print),
  };
}
