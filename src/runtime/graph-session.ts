import ort from 'onnxruntime-node';
import { errors, messageOf, withDetails } from '../errors.ts';

/** Runs any ONNX graph; training steps and evaluations go through here. */
export type GraphValue =
  | { readonly type: 'float32'; readonly dims: readonly number[]; readonly data: Float32Array }
  | { readonly type: 'int32'; readonly dims: readonly number[]; readonly data: Int32Array }
  | { readonly type: 'int64'; readonly dims: readonly number[]; readonly data: BigInt64Array }
  | { readonly type: 'bool'; readonly dims: readonly number[]; readonly data: Uint8Array };

export interface GraphSession {
  /**
   * Feeds the graph does not declare are ignored. Rejects with GLIMPSE_RUNTIME_FAILED, and stays usable.
   * Blocks its thread while it computes.
   */
  run(
    feeds: Readonly<Record<string, GraphValue>>,
    fetches?: readonly string[],
  ): Promise<Record<string, GraphValue>>;
  /**
   * One run of a graph that carries state: `state` is fed, takes the graph's new state, and only the
   * outputs named in `fetches` come back. A failed step leaves the state as it was.
   */
  step(
    state: CarriedState,
    feeds: Readonly<Record<string, GraphValue>>,
    fetches: readonly string[],
  ): Promise<Record<string, GraphValue>>;
  close(): Promise<void>;
}

/** A tensor that goes in as `name` and comes out as `nextName`. */
export interface CarriedSlot {
  readonly name: string;
  readonly nextName: string;
  readonly shape: readonly number[];
}

/**
 * State that steps hand on without copying: each slot has two buffers, one that is read while the other
 * is written, and a step ends by swapping them. Any session with the same slots may step it.
 */
export interface CarriedState {
  /** Copies of the present values, by slot name. */
  read(): Map<string, Float32Array>;
  /** The present values as feeds, without a copy: valid until the next step. */
  feeds(): Record<string, GraphValue>;
}

export interface GraphSessionOptions {
  readonly threads: number;
  /** File prefix of a per-node profile, written on close. */
  readonly profile?: string;
}

export async function openGraphSession(
  model: Uint8Array,
  options: GraphSessionOptions,
): Promise<GraphSession> {
  const session = await openSession(model, options);
  const run = async (
    feeds: () => ort.InferenceSession.FeedsType,
    fetches: ort.InferenceSession.FetchesType,
  ) => {
    try {
      return await session.run(feeds(), fetches);
    } catch (error) {
      throw failure(error);
    }
  };
  return {
    async run(feeds, fetches = session.outputNames) {
      return fromTensors(await run(() => toTensors(feeds), fetches));
    },
    async step(state, feeds, fetches) {
      const { present, spare, swap } = buffersOf(state);
      const wanted = Object.fromEntries(fetches.map((name) => [name, null]));
      const given = () => ({ ...present(), ...toTensors(feeds) });
      const results = await run(given, { ...spare(), ...wanted });
      swap();
      return fromTensors(Object.fromEntries(fetches.map((name) => [name, results[name]!])));
    },
    async close() {
      if (options.profile !== undefined) session.endProfiling();
      await session.release();
    },
  };
}

interface Buffers {
  readonly present: () => Record<string, ort.Tensor>;
  readonly spare: () => Record<string, ort.Tensor>;
  readonly swap: () => void;
}

const buffers = new WeakMap<CarriedState, Buffers>();

/** Takes a copy of `values`, one for each slot. */
export function createCarriedState(
  slots: readonly CarriedSlot[],
  values: ReadonlyMap<string, Float32Array>,
): CarriedState {
  const pair = slots.map(({ name, nextName, shape }) => {
    const first = values.get(name);
    if (!first) throw new Error(`the slot ${name} has no value: this is our bug`);
    const tensors = [first.slice(), new Float32Array(first.length)].map(
      (data) => new ort.Tensor('float32', data, shape),
    );
    return { name, nextName, tensors };
  });
  let current = 0;
  const state: CarriedState = {
    read: () => new Map(pair.map(({ name, tensors }) => [name, floats(tensors[current]).slice()])),
    feeds: () =>
      fromTensors(Object.fromEntries(pair.map(({ name, tensors }) => [name, tensors[current]!]))),
  };
  // Entry objects are made once for each side, so a step allocates nothing for its state.
  const sides = [0, 1].map((side) => ({
    present: Object.fromEntries(pair.map(({ name, tensors }) => [name, tensors[side]!])),
    spare: Object.fromEntries(pair.map(({ nextName, tensors }) => [nextName, tensors[1 - side]!])),
  }));
  buffers.set(state, {
    present: () => sides[current]!.present,
    spare: () => sides[current]!.spare,
    swap: () => {
      current = 1 - current;
    },
  });
  return state;
}

function buffersOf(state: CarriedState): Buffers {
  const found = buffers.get(state);
  if (!found) throw new Error('the state was not made by createCarriedState: this is our bug');
  return found;
}

async function openSession(
  model: Uint8Array,
  { threads, profile }: GraphSessionOptions,
): Promise<ort.InferenceSession> {
  try {
    return await ort.InferenceSession.create(model, {
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      graphOptimizationLevel: 'extended',
      logSeverityLevel: 3,
      // Adam's squares of dead units sink into denormals, which cost a hundred times a normal number.
      extra: { session: { set_denormal_as_zero: '1' } },
      ...(profile !== undefined && { enableProfiling: true, profileFilePrefix: profile }),
    });
  } catch (error) {
    throw failure(error);
  }
}

function failure(error: unknown): Error {
  const reason = messageOf(error);
  return withDetails(new errors.GLIMPSE_RUNTIME_FAILED(reason), { reason }, error);
}

function toTensors(feeds: Readonly<Record<string, GraphValue>>): Record<string, ort.Tensor> {
  return Object.fromEntries(Object.entries(feeds).map(([name, value]) => [name, toTensor(value)]));
}

function toTensor(value: GraphValue): ort.Tensor {
  switch (value.type) {
    case 'float32':
      return new ort.Tensor('float32', value.data, value.dims);
    case 'int32':
      return new ort.Tensor('int32', value.data, value.dims);
    case 'int64':
      return new ort.Tensor('int64', value.data, value.dims);
    case 'bool':
      break;
  }
  return new ort.Tensor('bool', value.data, value.dims);
}

function fromTensors(tensors: Readonly<Record<string, ort.Tensor>>): Record<string, GraphValue> {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => [name, fromTensor(tensor)]),
  );
}

function fromTensor({ type, dims, data }: ort.Tensor): GraphValue {
  if (type === 'float32' && data instanceof Float32Array) return { type, dims, data };
  if (type === 'int32' && data instanceof Int32Array) return { type, dims, data };
  if (type === 'int64' && data instanceof BigInt64Array) return { type, dims, data };
  if (type === 'bool' && data instanceof Uint8Array) return { type, dims, data };
  throw new Error(`a graph gave a value of type ${type}: this is our bug`);
}

/** The numbers of a value that must be float32. */
export function floats(value: { readonly data: unknown } | undefined): Float32Array {
  if (value?.data instanceof Float32Array) return value.data;
  throw new Error('a value is not float32: this is our bug');
}
