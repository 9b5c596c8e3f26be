import { buildInputGradient } from '../neural/input-gradient.ts';
import { readTrained } from '../neural/trained-net.ts';
import { floats, openGraphSession, type GraphSession } from '../runtime/graph-session.ts';
import { serveThread } from '../threads.ts';
import { sizeOf } from '../tensor.ts';
import { attributionsOf, pathTo, ROWS, STEPS } from './integrated-gradients.ts';

/** An example, and the net that has answered it. */
export interface GradientTask {
  /** Of two tasks with the same name the net is the same. */
  readonly name: string;
  readonly model: Uint8Array;
  readonly architecture: unknown;
  readonly inputShape: readonly number[];
  readonly classes: number;
  /** Channels first. */
  readonly example: Float32Array;
  readonly paper: Float32Array;
  /** The class whose logit is explained. */
  readonly label: number;
}

interface OpenNet {
  readonly name: string;
  readonly session: GraphSession;
}

/** The program of the thread that explains by gradients, one task after the other. It keeps the net that it was asked about last. */
await serveThread(() => {
  let last: OpenNet | undefined;
  const open = async (task: GradientTask): Promise<GraphSession | undefined> => {
    if (last?.name === task.name) return last.session;
    await last?.session.close();
    last = undefined;
    const { architecture, inputShape, classes, model } = task;
    const net = readTrained(architecture, { inputShape, classes }, model);
    if (!net) return undefined;
    const graph = buildInputGradient(net, inputShape, ROWS);
    last = { name: task.name, session: await openGraphSession(graph.model, { threads: 1 }) };
    return last.session;
  };
  return {
    /** Undefined where the graph of the version is not the one that its architecture makes. */
    async handle(task: GradientTask): Promise<Float32Array | undefined> {
      const session = await open(task);
      if (!session) return undefined;
      const { inputShape, classes, example, paper, label } = task;
      const counted = new Float32Array(ROWS * classes);
      for (let row = 0; row < ROWS; row += 1) counted[row * classes + label] = 1;
      const size = sizeOf(inputShape);
      const sums = new Float64Array(size);
      for (let step = 0; step < STEPS; step += ROWS) {
        const path = pathTo(example, paper, step);
        const { gradient } = await session.run({
          image: { type: 'float32', dims: [ROWS, ...inputShape], data: path },
          counted: { type: 'float32', dims: [ROWS, classes], data: counted },
        });
        const found = floats(gradient);
        for (let at = 0; at < found.length; at += 1) sums[at % size]! += found[at]!;
      }
      return attributionsOf(example, paper, sums);
    },
    async close() {
      await last?.session.close();
    },
  };
});
