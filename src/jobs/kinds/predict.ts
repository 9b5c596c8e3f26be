import { isLabelColumnRefusal } from '../../datasets/label-column.ts';
import type { UploadedFile } from '../../datasets/spec.ts';
import { answeringVersion } from '../../repository/answering-version.ts';
import { invalidRequest } from '../../schema.ts';
import {
  PredictEventSchema,
  PredictOutcomeSchema,
  type PredictEvent,
  type PredictOutcome,
} from '../predicting/predict-events.ts';
import {
  PredictJobRequestSchema,
  ResolvedPredictRequestSchema,
  type ResolvedPredictRequest,
} from '../predicting/predict-request.ts';
import { checkedRequest, type AcceptContext, type JobKind } from './job-kind.ts';

/** Predicts from every image of a place, and writes what was predicted to another. */
export const predictJob = {
  name: 'predict' as const,
  lane: 'prediction',
  publishes: false,
  schema: ResolvedPredictRequestSchema,
  event: PredictEventSchema,
  outcome: PredictOutcomeSchema,
  async accept(
    asked: unknown,
    uploads: readonly UploadedFile[],
    context: Pick<AcceptContext, 'datasets' | 'defaultModel' | 'outputs' | 'versions'>,
  ) {
    const { label, version, ...request } = checkedRequest(PredictJobRequestSchema, asked);
    const { model = context.defaultModel } = request;
    if (label !== undefined && version !== undefined) {
      const sentence = 'name a version or a label, not both';
      throw invalidRequest('body', { sentence, path: '/label' });
    }
    const selector = version === undefined ? { label } : { version };
    const answering = await answeringVersion(context.versions, model, selector);
    const wanted = request.dataset ?? {};
    // Nobody needs its labels.
    const { spec: dataset } = await context.datasets
      .check(wanted, uploads)
      .catch((error: unknown) => {
        if (isLabelColumnRefusal(error)) return { spec: wanted };
        throw error;
      });
    await context.outputs.check(request.out, dataset.uri);
    const defaults = { format: 'json-lines' as const, topK: 3, rowsPerPart: 1000 };
    return { request: { ...defaults, ...request, dataset, model, version: answering }, notes: [] };
  },
  async run(request, context) {
    const { runPrediction } = await import('../predicting/run-prediction.ts');
    return runPrediction(request, context);
  },
  subject: ({ model }) => ({ model }),
  summary({ predicted }) {
    if (!predicted) return undefined;
    const { rows, errors, out } = predicted;
    return {
      fields: { predicted: { rows, errors, out } },
      words: `${rows} rows predicted, ${errors} with an error`,
    };
  },
} satisfies JobKind<ResolvedPredictRequest, PredictEvent, PredictOutcome>;
