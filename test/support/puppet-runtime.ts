import { errors } from '../../src/errors.ts';
import type { LoadRuntime } from '../../src/loading/load-model.ts';
import type { ModelRuntime } from '../../src/runtime/runtime.ts';

/** A runtime on strings: it answers every example with its version as the first logit. */
export interface PuppetRuntime extends ModelRuntime {
  readonly model: string;
  readonly version: number;
  unhealthyReason: string | undefined;
  batches: number;
  isClosed: boolean;
  /** Set to make its batches wait. */
  gate: Promise<void>;
}

export interface Puppeteer {
  readonly load: LoadRuntime;
  /** Every runtime that was ever opened, in order. */
  readonly opened: PuppetRuntime[];
  /** How often a load was begun, failed ones included. */
  loads: number;
  /** Makes the loads of one version fail; undefined lets them succeed again. */
  refuse(version: number, error: Error | undefined): void;
  /** Makes the loads of one version wait until the returned function is called. */
  hold(version: number): () => void;
  /** The runtime of a version that is open now. */
  runtime(version: number): PuppetRuntime;
}

export function createPuppeteer(): Puppeteer {
  const refusals = new Map<number, Error>();
  const holds = new Map<number, Promise<void>>();
  const puppeteer: Puppeteer = {
    opened: [],
    loads: 0,
    load: async ({ model, version, signature }) => {
      puppeteer.loads += 1;
      await holds.get(version);
      const refusal = refusals.get(version);
      if (refusal) throw refusal;
      const runtime = createPuppet(model, version, signature.classes.length);
      puppeteer.opened.push(runtime);
      return runtime;
    },
    refuse: (version, error) => {
      if (error) refusals.set(version, error);
      else refusals.delete(version);
    },
    hold: (version) => {
      const { promise, open } = createGate();
      holds.set(version, promise);
      return () => {
        holds.delete(version);
        open();
      };
    },
    runtime: (version) => {
      const found = puppeteer.opened.find(
        (runtime) => runtime.version === version && !runtime.isClosed,
      );
      if (!found) throw new Error(`version ${version} is not open`);
      return found;
    },
  };
  return puppeteer;
}

export function createGate(): { promise: Promise<void>; open: () => void } {
  const opening = new AbortController();
  const promise = new Promise<void>((resolve) => {
    opening.signal.addEventListener('abort', () => resolve());
  });
  return { promise, open: () => opening.abort() };
}

function createPuppet(model: string, version: number, classes: number): PuppetRuntime {
  const puppet: PuppetRuntime = {
    model,
    version,
    place: 'inline',
    unhealthyReason: undefined,
    batches: 0,
    isClosed: false,
    gate: Promise.resolve(),
    infer: async ({ shape }) => {
      puppet.batches += 1;
      await puppet.gate;
      if (puppet.isClosed) throw new errors.GLIMPSE_RUNTIME_FAILED('it was closed under way');
      const count = shape[0]!;
      const data = new Float32Array(count * classes);
      for (let row = 0; row < count; row += 1) data[row * classes] = version;
      return { shape: [count, classes], data };
    },
    close: async () => {
      puppet.isClosed = true;
    },
  };
  return puppet;
}
