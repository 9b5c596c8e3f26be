import type { Tensor } from '../../tensor.ts';
import { decodeModel, withDataInside, type OnnxModel } from '../onnx-model.ts';
import { floatGraphOf, notQuantisable, refuseHalves } from './float-graph.ts';
import { errorGraph, rangeGraph, type ObservingGraph } from './observing-graph.ts';
import { planQuantisation, type QuantisationPlan } from './plan.ts';
import { writeQuantised } from './qdq-graph.ts';
import { joined, shareOf, shares, type Range } from './ranges.ts';
import { simplified } from './simplify.ts';

/** How the ranges of values are chosen: all that was seen, or the part of it with the least squared error. */
export type RangeMethod = 'min-max' | 'least-error';

export interface QuantiseOptions {
  /** Reads a file that the model keeps weights in. */
  readonly readData: (location: string) => Promise<Uint8Array>;
  /** Runs a graph that takes what the model takes and gives `width` figures for each example. */
  readonly open: (graph: ObservingGraph) => Promise<ObservingRun>;
  /** Batches of calibration examples as the model takes them, from the first on at each call. */
  readonly batches: () => AsyncIterable<Tensor>;
}

export interface ObservingRun {
  infer(batch: Tensor): Promise<Tensor>;
  close(): Promise<void>;
}

/** Graphs of the same model in eight bits, by how their ranges were chosen. */
export type QuantisedModels = ReadonlyMap<RangeMethod, Uint8Array>;

/**
 * Static quantisation of a model: its values are observed on calibration examples, and what it computes with them is
 * written as a graph of eight bits. The same model and examples give the same bytes. GLIMPSE_NOT_QUANTISABLE.
 */
export async function quantiseModel(
  bytes: Uint8Array,
  options: QuantiseOptions,
): Promise<QuantisedModels> {
  const model = await withDataInside(decodeModel(bytes), options.readData);
  const float = floatGraphOf(model);
  refuseHalves(float);
  const plan = planQuantisation(simplified(float));
  const seen = await observeRanges(model, plan, options);
  const best = await bestShares(model, plan, seen, options);
  return new Map([
    ['min-max', writeQuantised(model, plan, seen)],
    ['least-error', writeQuantised(model, plan, best)],
  ]);
}

async function observeRanges(
  model: OnnxModel,
  { graph, rangeOf }: QuantisationPlan,
  options: QuantiseOptions,
): Promise<Map<string, Range>> {
  const names = [...new Set(rangeOf.values())];
  const ranges = new Map<string, Range>();
  await observe(rangeGraph(model, graph, names), options, (figures) => {
    names.forEach((name, at) => {
      const range = { least: figures[at * 2]!, largest: figures[at * 2 + 1]! };
      if (!Number.isFinite(range.least) || !Number.isFinite(range.largest)) {
        throw notQuantisable(`"${name}" has values that are not finite`);
      }
      const before = ranges.get(name);
      ranges.set(name, before ? joined(before, range) : range);
    });
  });
  if (ranges.size === 0) throw notQuantisable('there are no calibration examples');
  return ranges;
}

async function bestShares(
  model: OnnxModel,
  { graph }: QuantisationPlan,
  seen: ReadonlyMap<string, Range>,
  options: QuantiseOptions,
): Promise<Map<string, Range>> {
  const tried = new Map(
    [...seen].map(([name, range]) => [name, shares.map((share) => shareOf(range, share))]),
  );
  const errors = new Float64Array(tried.size * shares.length);
  await observe(errorGraph(model, graph, tried), options, (figures) => {
    figures.forEach((error, at) => (errors[at]! += error));
  });
  return new Map(
    [...tried].map(([name, ranges], at) => {
      const own = errors.subarray(at * shares.length, (at + 1) * shares.length);
      return [name, ranges[own.indexOf(Math.min(...own))]!];
    }),
  );
}

/** Hands over the figures of one batch after the other. */
async function observe(
  graph: ObservingGraph,
  { open, batches }: QuantiseOptions,
  take: (figures: Float32Array) => void,
): Promise<void> {
  const run = await open(graph);
  try {
    for await (const batch of batches()) {
      const { data } = await run.infer(batch);
      // Each run of a graph whose batch axis is fixed has figures of its own.
      for (let at = 0; at < data.length; at += graph.width) {
        take(data.subarray(at, at + graph.width));
      }
    }
  } finally {
    await run.close();
  }
}
