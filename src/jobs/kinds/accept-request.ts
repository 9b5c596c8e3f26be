import { Compile } from 'typebox/compile';
import { errors } from '../../errors.ts';
import { firstProblem } from '../../schema.ts';
import { checkName } from '../../repository/names.ts';
import type { UploadedFile } from '../../datasets/spec.ts';
import {
  EvaluateRequestSchema,
  type ResolvedEvaluateRequest,
} from '../../training/measuring/evaluate-request.ts';
import type { DatasetCheck } from '../../datasets/open.ts';
import { ImportRequestSchema, type ResolvedImportRequest } from './import-request.ts';
import {
  checkArchitecture,
  resolveTrainRequest,
  TrainRequestSchema,
  type ResolvedTrainRequest,
} from '../../training/request.ts';

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
  importing(request: unknown, uploads: readonly UploadedFile[]): Promise<ResolvedImportRequest>;
}

const trainRequests = Compile(TrainRequestSchema);
const evaluateRequests = Compile(EvaluateRequestSchema);
const importRequests = Compile(ImportRequestSchema);

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
      checkName('model name', resolved.model);
      const { spec: dataset, known } = await datasets.check(resolved.dataset, uploads);
      const evaluation =
        resolved.evaluation && (await datasets.check(resolved.evaluation, uploads)).spec;
      checkArchitecture(resolved, known);
      return { ...resolved, dataset, ...(evaluation && { evaluation }) };
    },
    async evaluate(target, request, uploads) {
      if (!evaluateRequests.Check(request)) {
        throw new errors.GLIMPSE_INVALID_REQUEST(firstProblem(EvaluateRequestSchema, request));
      }
      const resolved = { ...target, dataset: {}, maxBadRows: 0.01, ...request };
      await options.checkVersion(target.model, target.version);
      const { spec: dataset } = await datasets.check(resolved.dataset, uploads);
      return { ...resolved, dataset };
    },
    async importing(request, uploads) {
      if (!importRequests.Check(request)) {
        throw new errors.GLIMPSE_INVALID_REQUEST(firstProblem(ImportRequestSchema, request));
      }
      const { spec: dataset } = await datasets.check(request.dataset ?? {}, uploads);
      return { maxBadRows: 0.01, keepDuplicates: false, ...request, dataset };
    },
  };
}
