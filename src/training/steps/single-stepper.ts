import { buildTrainingGraph } from '../../neural/training-graph.ts';
import { createCarriedState } from '../../runtime/graph-session.ts';
import { createGraphSessions } from './graph-sessions.ts';
import {
  drawNoise,
  float,
  graphOptions,
  initialValues,
  scalar,
  type Stepper,
  type StepperOptions,
} from './stepper.ts';

/** Takes every step on this thread: one graph for each size of batch, the usual and the remainder. */
export async function createSingleStepper(
  options: StepperOptions,
  usualSize: number,
  from?: ReadonlyMap<string, Float32Array>,
): Promise<Stepper> {
  const { classes, inputShape, random, threads } = options;
  const graphs = createGraphSessions(threads, (batchSize: number) =>
    buildTrainingGraph(graphOptions(options, batchSize)),
  );
  const { graph: first } = await graphs.get(usualSize);
  const state = createCarriedState(first.state, from ?? initialValues(first.state, options));
  return {
    async step({ size, examples, targets }, { epoch, step }, learningRate) {
      const { graph, session } = await graphs.get(size);
      const { inputs, outputs } = graph;
      const feeds = {
        [inputs.examples]: float([size, ...inputShape], examples),
        [inputs.targets]: float([size, classes], targets),
        [inputs.learningRate]: float([], Float32Array.of(learningRate)),
        ...drawNoise(graph.noise, random.fork(`noise ${epoch} ${step}`)),
      };
      const results = await session.step(state, feeds, [outputs.loss, outputs.correct]);
      return { loss: scalar(results[outputs.loss]), correct: scalar(results[outputs.correct]) };
    },
    feeds: () => state.feeds(),
    values: () => state.read(),
    close: () => graphs.close(),
  };
}
