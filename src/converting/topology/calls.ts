import { isRecord } from '../../json.ts';
import { unreadable } from '../refusals.ts';
import type { LayerConfig } from './net-config.ts';

/** Which tensor is meant: of which layer, of which of its calls. */
export interface TensorRef {
  readonly layer: string;
  readonly call: number;
  readonly tensor: number;
}

/** What a layer or an operation is called with. */
export type Argument =
  | { readonly ref: TensorRef }
  | { readonly list: readonly Argument[] }
  | { readonly slice: readonly [start: unknown, stop: unknown, step: unknown] }
  | { readonly value: unknown };

export interface Call {
  readonly args: readonly Argument[];
  readonly kwargs: Readonly<Record<string, Argument>>;
}

/** Lists in lists: nobody nests more. */
const deepest = 16;

/** The calls of a layer, as Keras 3 (args and kwargs) or Keras 2 and TF.js (lists of tensors) write them. */
export function callsOf({ inboundNodes, title }: LayerConfig): Call[] {
  return inboundNodes.map((node) => {
    if (isRecord(node)) return laterCall(node);
    if (Array.isArray(node)) return earlierCall(node);
    throw unreadable(`${title} is called with nothing that is known`);
  });
}

function laterCall(node: Readonly<Record<string, unknown>>): Call {
  const { args, kwargs } = node;
  return {
    args: Array.isArray(args) ? args.map((one: unknown) => laterArgument(one, 0)) : [],
    kwargs: isRecord(kwargs)
      ? Object.fromEntries(
          Object.entries(kwargs).map(([name, one]) => [name, laterArgument(one, 0)]),
        )
      : {},
  };
}

function laterArgument(value: unknown, depth: number): Argument {
  if (depth > deepest) throw unreadable('a call has lists in lists without end');
  if (Array.isArray(value)) {
    return { list: value.map((one: unknown) => laterArgument(one, depth + 1)) };
  }
  if (!isRecord(value)) return { value };
  const { class_name: className, config } = value;
  if (!isRecord(config)) return { value };
  if (className === '__keras_tensor__') return { ref: refOf(config['keras_history']) };
  if (className === '__slice__') {
    return { slice: [config['start'], config['stop'], config['step']] };
  }
  return { value };
}

/** One call of the earlier form: [[layer, call, tensor, kwargs], ...]. */
function earlierCall(node: readonly unknown[]): Call {
  const entries: readonly unknown[] = typeof node[0] === 'string' ? [node] : node;
  const args: Argument[] = [];
  const kwargs: Record<string, Argument> = {};
  for (const entry of entries) {
    if (!Array.isArray(entry)) throw unreadable('a layer is called with nothing that is known');
    const [layer, , value, named]: unknown[] = entry;
    args.push(layer === '_CONSTANT_VALUE' ? { value } : { ref: refOf(entry) });
    if (!isRecord(named)) continue;
    for (const [name, one] of Object.entries(named)) kwargs[name] = earlierArgument(one);
  }
  return { args, kwargs };
}

function earlierArgument(value: unknown): Argument {
  const isRef =
    Array.isArray(value) &&
    value.length === 3 &&
    typeof value[0] === 'string' &&
    typeof value[1] === 'number';
  if (!isRef) return { value };
  return value[0] === '_CONSTANT_VALUE' ? { value: value[2] } : { ref: refOf(value) };
}

/** [layer, call, tensor]. */
export function refOf(value: unknown): TensorRef {
  const [layer, call, tensor]: unknown[] = Array.isArray(value) ? value : [];
  if (typeof layer === 'string' && typeof call === 'number' && typeof tensor === 'number') {
    return { layer, call, tensor };
  }
  throw unreadable('a tensor is named that is none');
}

/** The tensors of a call, in order. */
export function refsIn({ args, kwargs }: Call): TensorRef[] {
  const refs = (argument: Argument): TensorRef[] => {
    if ('ref' in argument) return [argument.ref];
    return 'list' in argument ? argument.list.flatMap(refs) : [];
  };
  return [...args, ...Object.values(kwargs)].flatMap(refs);
}
