import { errors } from '../../src/errors.ts';
import type { ArtifactStore } from '../../src/repository/stores/artifact-store.ts';

/** A store that can be made to fail, and that keeps count of what was asked of it. */
export interface FaultyStore {
  readonly store: ArtifactStore;
  /** Names of the calls since the last `forget`, with their first argument. */
  readonly calls: string[];
  forget(): void;
  /** From now on calls whose text starts with `prefix` (all by default) do not get an answer. */
  fail(prefix?: string): void;
  heal(): void;
}

export function createFaultyStore(inner: ArtifactStore): FaultyStore {
  const calls: string[] = [];
  let failing: string | undefined;
  const store = new Proxy(inner, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function' || name === 'localFolder') return value;
      return async (...args: unknown[]): Promise<unknown> => {
        const [key] = args;
        const call = `${String(name)} ${typeof key === 'string' ? key : ''}`;
        calls.push(call);
        if (failing !== undefined && call.startsWith(failing)) {
          throw new errors.GLIMPSE_STORE_UNAVAILABLE(inner.uri, 'the network is down');
        }
        return (await Reflect.apply(value, target, args)) as unknown;
      };
    },
  });
  return {
    store,
    calls,
    forget: () => {
      calls.length = 0;
    },
    fail: (prefix = '') => {
      failing = prefix;
    },
    heal: () => {
      failing = undefined;
    },
  };
}
