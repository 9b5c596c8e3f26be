import type { UploadedFile } from '../../datasets/spec.ts';
import { errors } from '../../errors.ts';
import { checkLabel, checkName } from '../../repository/names.ts';
import {
  PublishEventSchema,
  PublishOutcomeSchema,
  ResolvedPublishRequestSchema,
  uploadParts,
  type PublishEvent,
  type PublishOutcome,
  type ResolvedPublishRequest,
} from '../publishing/publish-request.ts';
import { checkedRequest, type AcceptContext, type JobKind } from './job-kind.ts';

/** Publishes a model that was trained elsewhere and uploaded. */
export const publishJob = {
  name: 'publish' as const,
  lane: 'short',
  publishes: true,
  schema: ResolvedPublishRequestSchema,
  event: PublishEventSchema,
  outcome: PublishOutcomeSchema,
  async accept(
    asked: unknown,
    uploads: readonly UploadedFile[],
    { checkRoom, datasets }: Pick<AcceptContext, 'checkRoom' | 'datasets'>,
  ) {
    const request = checkedRequest(ResolvedPublishRequestSchema, asked);
    const { model, label } = request;
    checkName('model name', model);
    if (label !== undefined) checkLabel(label);
    checkParts(uploads);
    const { quantise } = request;
    const examples = uploads.filter(({ part }) => part === uploadParts.calibration);
    checkExamples(quantise, examples);
    // Of an upload it is not known yet whether it has labels; it is looked at when the job runs.
    const dataset =
      quantise?.dataset?.uri === undefined
        ? quantise?.dataset
        : (await datasets.check(quantise.dataset, [])).spec;
    await checkRoom(model, label === undefined ? [] : [label]);
    return {
      request: { ...request, ...(dataset && { quantise: { ...quantise, dataset } }) },
      notes: [],
    };
  },
  run: (request, context) => context.publishUpload(request, context),
  subject: ({ model, label }) => ({ model, releases: label !== undefined }),
  summary: ({ version }) =>
    version === undefined ? undefined : { fields: { version }, words: `version ${version}` },
} satisfies JobKind<ResolvedPublishRequest, PublishEvent, PublishOutcome>;

/** Examples come from one place, and only for a model that is put in eight bits. */
function checkExamples(
  quantise: ResolvedPublishRequest['quantise'],
  examples: readonly UploadedFile[],
): void {
  const isNamed = quantise?.dataset?.uri !== undefined;
  if (quantise === undefined ? examples.length === 0 : isNamed !== examples.length > 0) return;
  throw new errors.GLIMPSE_BAD_REQUEST(
    quantise === undefined
      ? 'a part "calibration" goes with the field "quantise" of the request.'
      : isNamed
        ? 'it names a dataset to quantise by, and has parts "calibration" as well.'
        : 'to quantise needs examples: a part "calibration" of a form, or "quantise.dataset.uri".',
  );
}

/** One part has the model, and every other one something that is known. */
function checkParts(uploads: readonly UploadedFile[]): void {
  const { model, data, golden, calibration } = uploadParts;
  const known: readonly string[] = [model, data, calibration];
  const unknown = uploads.find(({ part }) => !known.includes(part) && !golden.test(part));
  if (unknown) {
    throw new errors.GLIMPSE_BAD_MULTIPART(
      `it has a part "${unknown.part.slice(0, 100)}": a model comes as "model", a file of its weights as "data", an image to check it by as "golden" or "golden:class", examples for eight bits as "calibration".`,
    );
  }
  const count = uploads.filter(({ part }) => part === model).length;
  if (count === 1) return;
  throw new errors.GLIMPSE_BAD_REQUEST(
    count === 0
      ? 'it holds no model: send an ONNX or ZIP file as the body, or as the part "model" of a form.'
      : 'it holds several parts "model"; one call publishes one version.',
  );
}
