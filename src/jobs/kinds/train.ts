import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { UploadedFile } from '../../datasets/spec.ts';
import type { Static } from 'typebox';
import { Type } from '../../schema/builder.ts';
import { checkLabel, checkName } from '../../repository/names.ts';
import { maxRuleBytes, type ReleaseRule } from '../../repository/releases/release-policy.ts';
import { invalidRequest } from '../../schema.ts';
import { TrainEventSchema, TrainOutcomeSchema, type TrainEvent } from '../../training/events.ts';
import {
  divideUploads,
  labelsOf,
  ResolvedTrainRequestSchema,
  TrainRequestSchema,
  type ResolvedTrainRequest,
} from '../../training/request.ts';
import { checkArchitecture, resolveTrainRequest } from '../../training/resolve-request.ts';
import { SHEET_FILE } from '../sheet-file.ts';
import { checkedRequest, type TrainingContext, type JobKind } from './job-kind.ts';

/** A rule is recorded beside every version that it decides about. */
function checkRuleSize(rule: ReleaseRule): void {
  const size = Buffer.byteLength(JSON.stringify(rule));
  if (size <= maxRuleBytes) return;
  const sentence = `/publish/promote has ${size} bytes; at most ${maxRuleBytes} are recorded`;
  throw invalidRequest('body', { sentence, path: '/publish/promote' });
}

/** Whether the request itself says where the version shall answer. */
export function asksForRelease({
  label,
  promote = 'never',
}: ResolvedTrainRequest['publish']): boolean {
  return label !== undefined || promote !== 'never';
}

const outcome = Type.Omit(TrainOutcomeSchema, ['model']);

/** Trains a net and publishes it as the next version of its model. */
export const trainJob = {
  name: 'train' as const,
  lane: 'training',
  publishes: true,
  schema: ResolvedTrainRequestSchema,
  event: TrainEventSchema,
  outcome,
  async accept(
    asked: unknown,
    uploads: readonly UploadedFile[],
    { datasets, defaultModel, checkRoom, trainingMemory }: TrainingContext,
  ) {
    const request = checkedRequest(TrainRequestSchema, asked);
    const hasMnist = await datasets.check({ uri: 'mnist:' }, []).then(
      () => true,
      () => false,
    );
    const files = divideUploads(uploads);
    const hasUploads = files.dataset.length > 0;
    const resolved = resolveTrainRequest(request, { defaultModel, hasMnist, hasUploads });
    checkName('model name', resolved.model);
    const { label, promote } = resolved.publish;
    if (label !== undefined) checkLabel(label);
    if (promote !== undefined) checkRuleSize(promote);
    await checkRoom(resolved.model, labelsOf(resolved.publish));
    const { spec: dataset, known } = await datasets.check(resolved.dataset, files.dataset);
    const evaluation =
      resolved.evaluation && (await datasets.check(resolved.evaluation, files.evaluation)).spec;
    const { outliers } = resolved;
    const strangers =
      typeof outliers === 'object' ? (await datasets.check(outliers, [])).spec : outliers;
    const input = checkArchitecture(resolved, known);
    if (input && trainingMemory) {
      // Loaded where the images are known beforehand: it writes the graphs of a training.
      const { checkMemory } = await import('../../training/memory/check-memory.ts');
      checkMemory(resolved, input, trainingMemory);
    }
    return {
      request: {
        ...resolved,
        dataset,
        ...(evaluation && { evaluation }),
        ...(strangers && { outliers: strangers }),
      },
      notes: resolved.note === undefined ? [] : [resolved.note],
    };
  },
  async run(request, context) {
    // Loaded where it runs: a server accepts trainings, and never runs one.
    const { runTraining } = await import('../../training/run.ts');
    const saveSheet = (png: Buffer) => writeFile(join(context.jobDir, SHEET_FILE), png);
    const { model: _, ...made } = await runTraining(request, { ...context, saveSheet });
    return made;
  },
  subject: ({ model, publish }) => ({ model, releases: asksForRelease(publish) }),
  summary: ({ version }) =>
    version === undefined ? undefined : { fields: { version }, words: `version ${version}` },
} satisfies JobKind<ResolvedTrainRequest, TrainEvent, Static<typeof outcome>>;
