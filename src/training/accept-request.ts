import { Compile } from 'typebox/compile';
import { errors } from '../errors.ts';
import { resolveArchitecture } from '../neural/architectures.ts';
import { firstProblem } from '../neural/schema-problem.ts';
import type { DatasetSpec, UploadedFile } from './datasets/dataset-spec.ts';
import { EvaluateRequestSchema, type ResolvedEvaluateRequest } from './evaluate-request.ts';
import type { DatasetCheck } from './datasets/open-dataset.ts';
import {
  isHandwrittenDigits,
  resolveTrainRequest,
  TrainRequestSchema,
  type ResolvedTrainRequest,
} from './train-request.ts';

export interface AcceptOptions {
  readonly datasets: DatasetCheck;
  readonly defaultModel: string;
  /** Rejects when there is no such version. */
  readonly checkVersion: (model: string, version: number) => Promise<unknown>;
}

/** Decides what requests mean and whether they can be worked on at all, before anybody waits for it. */
export interface AcceptRequest {
  train(request: unknown, uploads: readonly UploadedFile[]): Promise<ResolvedTrainRequest>;
  evaluate(
    target: { readonly model: string; readonly version: number },
    request: unknown,
    uploads: readonly UploadedFile[],
  ): Promise<ResolvedEvaluateRequest>;
}

const trainRequests = Compile(TrainRequestSchema);
const evaluateRequests = Compile(EvaluateRequestSchema);

export function createAcceptRequest(options: AcceptOptions): AcceptRequest {
  const { datasets, defaultModel } = options;
  return {
    async train(request, uploads) {
      if (!trainRequests.Check(request)) {
        throw new errors.GLIMPSE_INVALID_REQUEST(firstProblem(TrainRequestSchema, request));
      }
      const hasMnist = await datasets.check({ uri: 'mnist:' }, []).then(
        () => true,
        () => false,
      );
      const hasUploads = uploads.some(({ part }) => part !== 'evaluation');
      const resolved = resolveTrainRequest(request, { defaultModel, hasMnist, hasUploads });
      await datasets.check(resolved.dataset, uploads);
      if (resolved.evaluation) await datasets.check(resolved.evaluation, uploads);
      checkArchitecture(resolved);
      return resolved;
    },
    async evaluate(target, request, uploads) {
      if (!evaluateRequests.Check(request)) {
        throw new errors.GLIMPSE_INVALID_REQUEST(firstProblem(EvaluateRequestSchema, request));
      }
      const resolved = { ...target, dataset: {}, maxBadRows: 0.01, ...request };
      await options.checkVersion(target.model, target.version);
      await datasets.check(resolved.dataset, uploads);
      return resolved;
    },
  };
}

/** Where the shape of the examples is known beforehand, a net that does not fit is refused at once. */
function checkArchitecture({ architecture, dataset }: ResolvedTrainRequest): void {
  const known = knownInput(dataset);
  if (known) resolveArchitecture(architecture, known);
}

function knownInput(dataset: DatasetSpec) {
  const shape = isHandwrittenDigits(dataset)
    ? { width: 28, height: 28, channels: 1 }
    : dataset.shape;
  const classes = dataset.classes?.length ?? (isHandwrittenDigits(dataset) ? 10 : undefined);
  if (!shape || classes === undefined) return undefined;
  return { inputShape: [shape.channels, shape.height, shape.width], classes };
}
