import { systemReasonOf } from '../disk-errors.ts';
import { errors, isGlimpseError, messageOf, withDetails } from '../errors.ts';
import { canonicalJson } from '../json.ts';
import { jobOrTerminal } from '../repository/history/actor.ts';
import { productionLabel } from '../repository/names.ts';
import type { ReleaseRecord } from '../repository/releases/release-record.ts';
import { createStopwatch } from '../stopwatch.ts';
import { releaseOutcome, type TrainOutcome } from './events.ts';
import type { ChosenExamples } from './examples/choose.ts';
import type { FinishedNet, PublishingOf } from './finished-net.ts';
import type { RunPlan } from './plan-run.ts';
import { publishNet, type PublishContext } from './publish.ts';
import { carryOut, pinPresent, type Release } from './releasing/carry-out.ts';
import type { JudgeContext } from './releasing/judge.ts';
import { judgeAsked, judgeUncompared, type Judgement } from './releasing/judgement.ts';
import { judgeNet } from './releasing/judge-net.ts';
import { withReference } from './releasing/reference.ts';
import { isAway, retryWhileAway } from './retry.ts';

export interface ReleaseContext extends Omit<JudgeContext, 'trust'>, Omit<PublishContext, 'trust'> {
  readonly trust: JudgeContext['trust'] & PublishContext['trust'];
  readonly threads: number;
  /** How long publishing is tried again while the repository does not answer. */
  readonly publishRetryMs: number;
}

/** The examples of the run; rejects where they cannot be read again, or are not the same any more. */
export type ReadExamples = () => Promise<ChosenExamples>;

/**
 * Judges, publishes and releases a finished net, and tries again while the repository does not answer. What was done
 * by an earlier try is not done twice.
 */
export async function releaseNet(
  plan: RunPlan,
  finished: FinishedNet,
  readExamples: ReadExamples,
  publishing: PublishingOf,
  context: ReleaseContext,
): Promise<TrainOutcome> {
  const lap = createStopwatch();
  const { report, signal, publishRetryMs: maxMs } = context;
  const onFailure = (reason: string): void => {
    const note = `Publishing is tried again for up to ${Math.ceil(maxMs / 1000)} s: ${reason}`;
    report({ type: 'note', note });
  };
  const retrying = { maxMs, signal, onFailure };
  const judgement = await judge(plan, finished, readExamples, context, retrying);
  const evaluate = finished.timings.evaluate + lap();
  const { version, record, note } = await retryWhileAway(
    () => publishOnce(plan, finished, judgement, publishing, context),
    retrying,
  );
  return {
    model: plan.publication.model,
    version,
    metrics: finished.net.metrics,
    timings: { ...finished.timings, evaluate, publish: lap() },
    release: releaseOutcome(record),
    notes: [...finished.notes, ...(note === undefined ? [] : [note])],
  };
}

/** A repository that stays away while versions are compared leaves the label where it is, and loses no net. */
async function judge(
  { publication: { model, label }, release }: RunPlan,
  finished: FinishedNet,
  readExamples: ReadExamples,
  context: ReleaseContext,
  retrying: Parameters<typeof retryWhileAway>[1],
): Promise<Judgement> {
  if (label === productionLabel) {
    return retryWhileAway(() => judgeAsked(model, context), retrying);
  }
  let problem: string;
  let rest = retrying;
  try {
    return await retryWhileAway(async () => {
      const examples = await readExamples();
      return judgeNet(release, finished.net, examples, context);
    }, retrying);
  } catch (error) {
    context.signal.throwIfAborted();
    problem = systemReasonOf(error);
    // What was waited for already is not waited for once more.
    if (isAway(error)) rest = { ...retrying, maxMs: 0 };
  }
  return retryWhileAway(() => judgeUncompared(model, release.rule, problem, context), rest);
}

async function publishOnce(
  { publication }: RunPlan,
  { net }: FinishedNet,
  judgement: Judgement,
  publishing: PublishingOf,
  context: ReleaseContext,
): Promise<Release & { readonly version: number; readonly record: ReleaseRecord }> {
  const { model } = publication;
  const { repository, job, signal } = context;
  const { present } = judgement;
  const by = jobOrTerminal(job);
  let version = publishing.progress.published;
  if (version === undefined) {
    await pinPresent(repository, model, present, by, signal);
    const lineage = withReference(net.lineage, present?.manifest);
    const published = await publishNet(
      publication,
      { ...net, lineage },
      await publishing.publication(),
      context,
    );
    version = published.version;
    await publishing.published(version);
  }
  return { version, ...(await carryOut(repository, { model, version }, judgement, by, signal)) };
}

/** How a run ends whose net is kept, and could not be published. */
export function notPublished(error: unknown, { progress }: PublishingOf): unknown {
  if (!isGlimpseError(error)) return error;
  const version = progress.published;
  const details = {
    ...error.details,
    reason: error.code,
    ...(version !== undefined && { version, published: true }),
  };
  return withDetails(new errors.GLIMPSE_NOT_PUBLISHED(messageOf(error)), details, error);
}

/** Whether examples that were read again are those that a net was finished with. */
export function areThose(
  { digests, net }: FinishedNet,
  { report, training }: ChosenExamples,
): boolean {
  return (
    report.digest === digests.dataset &&
    report.evaluationDigest === digests.evaluation &&
    canonicalJson(training.preprocessing) === canonicalJson(net.preprocessing)
  );
}
