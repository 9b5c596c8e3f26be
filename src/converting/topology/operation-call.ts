import { numbersIn, type Settings } from '../layers/settings.ts';
import { alongChannels, scalar } from '../operations/arithmetic.ts';
import { unsupported } from '../refusals.ts';
import type { NetGraph } from '../tensors/net-graph.ts';
import type { Tensor } from '../tensors/tensor.ts';

/** An argument of a call, with tensors in it. */
export type Operand =
  | { readonly tensor: Tensor }
  | { readonly list: readonly Operand[] }
  | { readonly slice: readonly [start: unknown, stop: unknown, step: unknown] }
  | { readonly value: unknown };

/** A call of an operation: `x / 127.5 - 1` in a functional model. */
export interface Operation {
  readonly className: string;
  readonly title: string;
  readonly settings: Settings;
  readonly args: readonly Operand[];
  readonly kwargs: Readonly<Record<string, Operand>>;
  readonly graph: NetGraph;
}

/** What operands are called when they are given by name. */
const operandNames = ['x1', 'x', 'a', 'x2', 'y', 'b', 'bias'];

/** Both operands, as they are given by place or by name. */
export function operandsOf(operation: Operation): Tensor[] {
  const { args, kwargs, graph, title } = operation;
  const given = [...args, ...operandNames.flatMap((name) => kwargs[name] ?? [])];
  return given.map((operand) => {
    if ('tensor' in operand) return operand.tensor;
    const numbers = numbersOf(operand);
    if (!numbers) throw unsupported(`${title} is called with something that is no number`);
    const [only = 0, ...others] = numbers;
    return others.length === 0
      ? scalar(graph, only)
      : alongChannels(graph, Float32Array.from(numbers));
  });
}

/** The numbers of an operand; undefined when it is something else. */
export function numbersOf(operand: Operand | undefined): number[] | undefined {
  if (!operand) return undefined;
  if ('value' in operand) return numbersIn(operand.value);
  if (!('list' in operand)) return undefined;
  const parts = operand.list.map(numbersOf);
  return parts.every((part) => part !== undefined) ? parts.flat() : undefined;
}

/** A setting of an operation: in its configuration in Keras 3, among the arguments in Keras 2. */
export function setting(
  { settings, args, kwargs }: Operation,
  place: number,
  ...names: readonly string[]
): unknown {
  const operand = names.map((name) => kwargs[name]).find((one) => one !== undefined) ?? args[place];
  if (operand && 'value' in operand) return operand.value;
  if (operand && 'list' in operand) return numbersOf(operand);
  return names.map((name) => settings.raw(name)).find((value) => value !== undefined);
}

/** What an operation makes of its first tensor and its other arguments. */
export type OperationKind = (operation: Operation, input: Tensor) => Tensor;

/** The tensors of a list that comes first, or of all arguments. */
export function listed({ args }: Operation): Tensor[] {
  const [first] = args;
  const list = first && 'list' in first ? first.list : args;
  return list.flatMap((one) => ('tensor' in one ? [one.tensor] : []));
}
