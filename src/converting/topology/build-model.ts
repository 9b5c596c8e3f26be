import { applyLayer } from '../layers/layer-kinds.ts';
import { settingsOf } from '../layers/settings.ts';
import { shown, unreadable, unsupported } from '../refusals.ts';
import type { NetGraph } from '../tensors/net-graph.ts';
import type { Tensor } from '../tensors/tensor.ts';
import { callsOf, refOf, refsIn, type Argument, type Call, type TensorRef } from './calls.ts';
import type { ModelWeights } from './model-weights.ts';
import type { LayerConfig, ModelConfig } from './net-config.ts';
import type { Operand } from './operation-call.ts';
import { applyOperation, isOperation } from './operations.ts';

/** What is written, and what may still be. */
export interface Building {
  readonly graph: NetGraph;
  readonly isKeras2: boolean;
  /** Models that call models several times multiply: so many calls are left. */
  callsLeft: number;
}

interface Operands {
  readonly args: readonly Operand[];
  readonly kwargs: Readonly<Record<string, Operand>>;
}

/** What a model makes of its inputs. */
export function buildModel(
  model: ModelConfig,
  inputs: readonly Tensor[],
  weights: ModelWeights,
  building: Building,
): Tensor[] {
  if (!model.isSequential) return buildGraph(model, inputs, weights, building);
  return model.layers
    .filter(({ className }) => className !== 'InputLayer')
    .reduce<Tensor[]>(
      (values, layer) => {
        const args = values.map((tensor) => ({ tensor }));
        return runLayer(layer, { args, kwargs: {} }, values, weights, building);
      },
      [...inputs],
    );
}

/** What one call of a layer, model or operation gives. */
function runLayer(
  layer: LayerConfig,
  operands: Operands,
  inputs: readonly Tensor[],
  weights: ModelWeights,
  building: Building,
): Tensor[] {
  const { className, config, title, model } = layer;
  building.callsLeft -= 1;
  if (building.callsLeft < 0) throw unsupported('its layers call each other too often');
  const settings = settingsOf(config, title);
  if (model) return buildModel(model, inputs, weights.model(layer), building);
  if (isOperation(layer, operands)) {
    return [applyOperation({ className, title, settings, ...operands, graph: building.graph })];
  }
  const { graph, isKeras2 } = building;
  const own = { title, settings, weights: weights.layer(layer), graph, isKeras2 };
  return [applyLayer(className, own, inputs)];
}

/** A layer that is called, with which of its calls it is. */
interface Step {
  readonly layer: LayerConfig;
  at: number;
  readonly call: Call;
  readonly refs: readonly TensorRef[];
}

const callKey = ({ layer, call }: TensorRef): string => `${call} ${layer}`;

function buildGraph(
  model: ModelConfig,
  inputs: readonly Tensor[],
  weights: ModelWeights,
  building: Building,
): Tensor[] {
  const results = new Map<string, readonly Tensor[]>();
  const given = model.inputs.map(refOf);
  if (given.length !== inputs.length) {
    throw unsupported(`the model ${shown(model.name)} takes ${given.length} inputs`);
  }
  given.forEach((ref, i) => results.set(callKey(ref), [inputs[i]!]));
  const tensorOf = (ref: TensorRef): Tensor => {
    const tensor = results.get(callKey(ref))?.[ref.tensor];
    if (!tensor) throw unreadable(`there is no tensor ${ref.tensor} of ${shown(ref.layer)}`);
    return tensor;
  };
  for (const { layer, at, call, refs } of inOrder(model, new Set(results.keys()))) {
    const operands = operandsOf(call, tensorOf);
    const outputs = runLayer(layer, operands, refs.map(tensorOf), weights, building);
    results.set(callKey({ layer: layer.name, call: at, tensor: 0 }), outputs);
  }
  return model.outputs.map((output) => tensorOf(refOf(output)));
}

/** The calls of a graph, each after those whose results it takes. */
function inOrder(model: ModelConfig, known: ReadonlySet<string>): Step[] {
  const steps = model.layers.flatMap((layer) =>
    callsOf(layer).map((call, at): Step => ({ layer, at, call, refs: refsIn(call) })),
  );
  countFromOne(steps, model);
  const isGiven = ({ layer, at }: Step): boolean =>
    known.has(callKey({ layer: layer.name, call: at, tensor: 0 }));
  const waiting = new Map<string, Step[]>();
  const missing = new Map<Step, number>();
  const ready: Step[] = [];
  for (const step of steps.filter((one) => !isGiven(one))) {
    const needed = new Set(step.refs.map(callKey).filter((key) => !known.has(key)));
    missing.set(step, needed.size);
    for (const key of needed) waiting.set(key, [...(waiting.get(key) ?? []), step]);
    if (needed.size === 0) ready.push(step);
  }
  const ordered: Step[] = [];
  for (let step = ready.shift(); step; step = ready.shift()) {
    ordered.push(step);
    const key = callKey({ layer: step.layer.name, call: step.at, tensor: 0 });
    for (const after of waiting.get(key) ?? []) {
      const left = missing.get(after)! - 1;
      missing.set(after, left);
      if (left === 0) ready.push(after);
    }
  }
  if (ordered.length === missing.size) return ordered;
  throw unreadable(`the layers of ${shown(model.name)} take each other’s results in a circle`);
}

/**
 * Of a model among the layers Keras 2 and TF.js count the calls from one: the first was that of its own inputs. Who
 * names a call behind the last one has counted so.
 */
function countFromOne(steps: readonly Step[], model: ModelConfig): void {
  const refs = [...steps.flatMap((step) => step.refs), ...model.outputs.map(refOf)];
  const last = new Map<string, number>();
  for (const { layer, call } of refs) last.set(layer, Math.max(last.get(layer) ?? 0, call));
  for (const layer of model.layers.filter((one) => one.model)) {
    const calls = steps.filter((step) => step.layer === layer);
    if (last.get(layer.name) !== calls.length) continue;
    for (const step of calls) step.at += 1;
  }
}

/** What a call names, with tensors in place of their names. */
function operandsOf({ args, kwargs }: Call, tensorOf: (ref: TensorRef) => Tensor): Operands {
  const resolve = (argument: Argument): Operand => {
    if ('ref' in argument) return { tensor: tensorOf(argument.ref) };
    return 'list' in argument ? { list: argument.list.map(resolve) } : argument;
  };
  return {
    args: args.map(resolve),
    kwargs: Object.fromEntries(
      Object.entries(kwargs).map(([name, argument]) => [name, resolve(argument)]),
    ),
  };
}
