import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { rowShapeOf } from '../../preprocessing/row-shape.ts';
import type { ReleaseRule } from '../../repository/releases/release-policy.ts';
import type { ChosenExamples, DataPlan } from '../examples/choose.ts';
import { chooseExamples } from '../examples/choose.ts';
import { createRandom } from '../../random.ts';
import { canonicalJson } from '../../json.ts';
import type { Metrics } from '../../repository/manifest.ts';
import type { Gate, Signature } from '../../signature.ts';
import { openServedGraph } from '../measuring/evaluate.ts';
import { judgeRelease, type Candidate, type JudgeContext } from './judge.ts';
import type { Judgement } from './judgement.ts';

/** What of a run decides about the release of its net. */
export interface ReleasePlan {
  readonly model: string;
  /** Of the request; that of the model when left out. */
  readonly rule: ReleaseRule | undefined;
  readonly seed: number;
  readonly data: DataPlan;
}

/** What of a finished net is compared. */
export interface JudgedNet {
  readonly graph: { readonly model: Uint8Array };
  readonly signature: Signature;
  readonly metrics: Metrics;
  readonly gate: Gate;
}

/** Judges a net that was just trained and examined, before it is a version. */
export async function judgeNet(
  plan: ReleasePlan,
  { graph, signature, metrics, gate }: JudgedNet,
  examples: ChosenExamples,
  context: JudgeContext & { readonly threads: number },
): Promise<Judgement> {
  const { input, output } = signature;
  const names = { model: graph.model, input: input.name, output: output.name };
  const served = await openServedGraph(names, input.shape, context.threads);
  try {
    const { training, validation } = examples;
    return await judgeRelease(
      plan.model,
      plan.rule,
      {
        infer: served.infer,
        entry: {
          runtime: 'onnx',
          async file() {
            const file = join(context.jobDir, 'candidate.onnx');
            await writeFile(file, graph.model);
            return file;
          },
        },
        isTrusted: true,
        signature,
        preprocessing: training.preprocessing,
        learnt: [training, validation],
        heldOut: heldOutOf(plan, examples, context),
        measuredOn: metrics.measuredOn ?? 'nothing',
        servedAccuracy: metrics.servedAccuracy,
        maxError: gate.maxError,
      },
      context,
    );
  } finally {
    await served.close();
  }
}

/** The test examples of the run, which can be read again for a version that prepares images in another way. */
function heldOutOf(
  { seed, data }: ReleasePlan,
  { test, testName, report }: ChosenExamples,
  context: JudgeContext,
): Candidate['heldOut'] {
  if (test.indices.length === 0) return undefined;
  const { digest, evaluationDigest } = report;
  const reference =
    evaluationDigest === undefined
      ? { digest, split: { seed, ...data.shares } }
      : { digest: evaluationDigest };
  return {
    name: testName,
    reference,
    async prepared(preprocessing) {
      if (canonicalJson(preprocessing) === canonicalJson(test.preprocessing)) return test;
      const spec = { ...data.dataset.spec, shape: rowShapeOf(preprocessing) };
      const dataset = { ...data.dataset, spec };
      const again = { ...data, dataset, prepareFor: () => preprocessing };
      return (await chooseExamples(again, context, createRandom(seed))).test;
    },
  };
}
