import { drawBurst, type Burst } from '../scripts/drawing/burst.ts';
import { groupAlike } from '../src/datasets/looking/alike-groups.ts';
import { splitExamples } from '../src/datasets/parts/split.ts';
import { buildInferenceGraph } from '../src/neural/inference-graph.ts';
import type { PresetName } from '../src/neural/presets.ts';
import { plainContract } from '../src/preprocessing/presets.ts';
import { wilsonInterval } from '../src/repository/figures/interval.ts';
import { createRandom } from '../src/random.ts';
import { unitsOf } from '../src/training/examples/groups.ts';
import { fit } from '../src/training/fit.ts';
import { measure, openServedGraph } from '../src/training/measuring/evaluate.ts';
import { resolveTrainRequest } from '../src/training/resolve-request.ts';
import { resolveNet } from '../src/training/resolve-net.ts';

export interface BurstPlan {
  readonly architecture: PresetName;
  readonly epochs: number;
  readonly scenesOfClass: number;
  readonly frames: number;
  /** Scenes of each class that nobody has seen, a frame of each. */
  readonly unseenOfClass: number;
}

/** What a net that learns from a burst is said to do, and what it does. */
export interface BurstFigures {
  /** On examples that were set aside, with or without their scenes. */
  readonly reported: number;
  readonly interval: readonly [number, number];
  readonly unseen: number;
}

/** Draws a burst, sets a fifth of it aside, frame by frame or by what shows the same, and asks new scenes as well. */
export async function measureBurst(
  seed: number,
  plan: BurstPlan,
  isGrouped: boolean,
): Promise<BurstFigures> {
  const { architecture, epochs, unseenOfClass, ...counts } = plan;
  const random = createRandom(seed);
  const { dataset } = drawBurst(random.fork('seen'), counts);
  const unseen = drawBurst(random.fork('unseen'), { scenesOfClass: unseenOfClass, frames: 1 });
  const groups = (isGrouped ? await groupAlike(dataset) : undefined) ?? [];
  const shares = { validation: 0, test: 0.2 };
  const split = splitExamples(dataset.labels, 3, shares, random.fork('split'), groups);
  const preprocessing = plainContract(dataset.shape);
  const learnt = { dataset, indices: split.training, preprocessing };
  const context = { defaultModel: 'bench', hasMnist: false, hasUploads: true };
  const request = resolveTrainRequest({ architecture, epochs }, context);
  const { trainer } = resolveNet(request, { learnt, random: random.fork('net'), threads: 1 });
  const { signal } = new AbortController();
  const fitted = await fit({
    earlyStopping: undefined,
    trainer,
    validation: { ...learnt, indices: new Int32Array(0) },
    signal,
    report: () => {},
  });
  const { layers, inputShape } = trainer;
  const graph = buildInferenceGraph({ layers, inputShape, values: fitted.values, temperature: 1 });
  const served = await openServedGraph(graph, inputShape, 1);
  const reported = await measure(served.infer, { ...learnt, indices: split.test }, signal);
  const truth = await measure(served.infer, { ...learnt, ...allOf(unseen) }, signal);
  await served.close();
  const { accuracy } = reported;
  const interval = wilsonInterval(accuracy, unitsOf(split.test, groups));
  return { reported: accuracy, interval, unseen: truth.accuracy };
}

function allOf({ dataset }: Burst) {
  return { dataset, indices: Int32Array.from(dataset.labels.keys()) };
}
