import type { UploadedFile } from '../../datasets/spec.ts';
import type { Static } from 'typebox';
import { Type } from '../../schema/builder.ts';
import { Closed } from '../../schema.ts';
import { EvaluateOutcomeSchema, TrainEventSchema, type TrainEvent } from '../../training/events.ts';
import {
  EvaluateRequestSchema,
  ResolvedEvaluateRequestSchema,
  type ResolvedEvaluateRequest,
} from '../../training/evaluate-request.ts';
import { checkedRequest, type AcceptContext, type JobKind } from './job-kind.ts';

/** The body of the call, and the version that its address names. */
const EvaluateJobRequestSchema = Type.Object(
  {
    model: ResolvedEvaluateRequestSchema.properties.model,
    version: ResolvedEvaluateRequestSchema.properties.version,
    ...EvaluateRequestSchema.properties,
  },
  Closed,
);
const outcome = Type.Omit(EvaluateOutcomeSchema, ['model']);

/** Measures a version on labelled examples. */
export const evaluateJob = {
  name: 'evaluate' as const,
  lane: 'short',
  publishes: false,
  schema: ResolvedEvaluateRequestSchema,
  event: TrainEventSchema,
  outcome,
  async accept(
    request: unknown,
    uploads: readonly UploadedFile[],
    { datasets, checkVersion }: Pick<AcceptContext, 'datasets' | 'checkVersion'>,
  ) {
    const resolved = {
      dataset: {},
      maxBadRows: 0.01,
      ...checkedRequest(EvaluateJobRequestSchema, request),
    };
    await checkVersion(resolved.model, resolved.version);
    const { spec: dataset } = await datasets.check(resolved.dataset, uploads);
    return { request: { ...resolved, dataset }, notes: [] };
  },
  async run(request, context) {
    const { runEvaluation } = await import('../../training/evaluate-version.ts');
    const { model: _, ...made } = await runEvaluation(request, context);
    return made;
  },
  subject: ({ model }) => ({ model }),
  summary: ({ version }) =>
    version === undefined ? undefined : { fields: { version }, words: `version ${version}` },
} satisfies JobKind<ResolvedEvaluateRequest, TrainEvent, Static<typeof outcome>>;
