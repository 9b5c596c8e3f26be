import { systemReasonOf } from '../../disk-errors.ts';
import { errors, isGlimpseError } from '../../errors.ts';
import { canonicalJson } from '../../json.ts';
import { readerIn } from '../../loading/self-test.ts';
import type { ImagePreparer } from '../../image/prepare-image.ts';
import type { Manifest } from '../../repository/manifest.ts';
import { conditionsOf, type ReleaseRule } from '../../repository/releases/release-policy.ts';
import type { ReleaseCheck, VersionComparison } from '../../repository/releases/release-record.ts';
import type { OpenedVersion, Repository } from '../../repository/repository.ts';
import type { Examples } from '../examples/batches.ts';
import type { ReadContext } from '../examples/choose.ts';
import { BLOCK_SIZE } from '../examples/batches.ts';
import { inferWith, openVersion, type OpenVersionContext } from '../measuring/open-version.ts';
import type { ModelRuntime } from '../../runtime/runtime.ts';
import { checkClasses, checkGolden, checkMaxError, type NameIn, type Tried } from './checks.ts';
import { compareVersions, inOrder } from './compare.ts';
import { decideRelease } from './decide.ts';
import { answersAlready, notCompared, type Judgement } from './judgement.ts';
import { findPresent, isOf, type PresentVersion } from './present.ts';
import { referenceOf, type Reference } from './reference.ts';
import { readReference, shareExamples, withoutLearnt, type ReadAgain } from './shared-examples.ts';

/** A net before it is a version, with what it was made from. */
export interface Candidate extends Tried {
  /** Where a runtime finds it. */
  readonly entry: { readonly runtime: Manifest['runtime']; readonly file: () => Promise<string> };
  /** Whether it will run inside of a server's process. */
  readonly isTrusted: boolean;
  /** What it has learnt from, or was chosen or calibrated by; unknown of a model that was trained elsewhere. */
  readonly learnt: readonly Examples[] | 'unknown';
  /** What nothing of it was chosen by; undefined when there is no such example. */
  readonly heldOut:
    (ReadAgain & { readonly reference: Pick<Reference, 'digest' | 'split'> }) | undefined;
  readonly measuredOn: string;
  readonly servedAccuracy: number | undefined;
  /** What its thresholds promise. */
  readonly maxError: number | undefined;
}

export interface JudgeContext extends OpenVersionContext, ReadContext {
  readonly repository: Repository;
  readonly images: ImagePreparer;
  /** Names the run in the lineage of its version. */
  readonly job?: string;
}

/**
 * Decides before it is published whether a version is to answer for production: by the rule of the request, else by
 * that of the model. Only what the rule needs is measured.
 */
export async function judgeRelease(
  model: string,
  asked: ReleaseRule | undefined,
  candidate: Candidate,
  context: JudgeContext,
): Promise<Judgement> {
  const { repository, job, signal } = context;
  const present = await findPresent(repository, model, { job, signal });
  if (present?.manifest && isOf(present.manifest, job)) return answersAlready;
  const nothing = { checks: [], comparisons: [] };
  const { rule, problem } = asked ? { rule: asked } : await ruleOf(repository, model, signal);
  if (present && problem !== undefined) {
    return { rule: undefined, present, ...nothing, decision: 'kept', reason: problem };
  }
  const measured =
    present === undefined || rule === 'never'
      ? nothing
      : await measureAgainst(present, rule, candidate, context);
  const { servedAccuracy } = candidate;
  const decision = decideRelease(rule, { present: present?.version, servedAccuracy, ...measured });
  return { rule, present, ...measured, ...decision };
}

/** The rule of a model; what is wrong with its file is no reason to lose a trained net, and promotes nothing. */
async function ruleOf(
  { releases }: Pick<Repository, 'releases'>,
  model: string,
  signal: AbortSignal,
): Promise<{ readonly rule: ReleaseRule; readonly problem?: string }> {
  try {
    return { rule: (await releases.policy(model, signal)).policy.promote };
  } catch (error) {
    if (!(error instanceof errors.GLIMPSE_MANIFEST_INVALID)) throw error;
    return { rule: 'never', problem: error.message };
  }
}

type Measured = Pick<Judgement, 'checks' | 'comparisons'>;

async function measureAgainst(
  { version, manifest }: PresentVersion,
  rule: ReleaseRule,
  candidate: Candidate,
  context: JudgeContext,
): Promise<Measured> {
  if (manifest === undefined) {
    const found = `version ${version}, which the label production names, cannot be read, so that there is nothing to compare with`;
    return { checks: [{ name: 'comparison', passed: false, found }], comparisons: [] };
  }
  const { classes = {} } = conditionsOf(rule);
  const nameIn: NameIn = (name) => (Object.hasOwn(classes, name) ? classes[name]! : name);
  const known = manifest.signature.classes;
  const checks = [
    checkClasses(known, candidate.signature.classes, nameIn, version),
    checkUnseen(candidate, rule),
    ...checkMaxError(candidate, rule),
  ];
  if (checks.some(({ passed }) => !passed)) return { checks, comparisons: [] };
  try {
    const { model } = manifest;
    const opened = await context.repository.open(model, version, context.signal);
    checks.push(await checkGolden(manifest, readerIn(opened.folder), candidate, nameIn, context));
    if (!checks.at(-1)!.passed || rule === 'always') return { checks, comparisons: [] };
    const comparisons = await compare(opened, rule, candidate, nameIn, context);
    return { checks, comparisons };
  } catch (error) {
    context.signal.throwIfAborted();
    if (isGlimpseError(error) && error.code === 'GLIMPSE_STORE_UNAVAILABLE') throw error;
    return { checks: [...checks, notCompared(version, systemReasonOf(error))], comparisons: [] };
  }
}

/** Of a model from elsewhere nobody here knows what it has seen, but whoever wrote the rule may. */
function checkUnseen({ learnt, heldOut, measuredOn }: Candidate, rule: ReleaseRule): ReleaseCheck {
  const name = 'unseen-examples';
  if (learnt !== 'unknown') {
    const found = `it was measured on ${measuredOn}`;
    return heldOut
      ? { name, passed: true, found }
      : { name, passed: false, found: `${found} only` };
  }
  return rule === 'always' || conditionsOf(rule).dataset !== undefined
    ? { name, passed: true, found: 'it was trained elsewhere; the rule says what decides' }
    : {
        name,
        passed: false,
        found:
          'it was trained elsewhere, and nobody here knows what it has not seen; a policy that names a dataset can decide (PUT /models/{model}/policy)',
      };
}

/** Both versions on every dataset that the rule asks for, one after the other. */
async function compare(
  opened: OpenedVersion,
  rule: ReleaseRule,
  candidate: Candidate,
  nameIn: NameIn,
  context: JudgeContext,
): Promise<VersionComparison[]> {
  const { signature } = opened.manifest;
  const contracts = { candidate, present: opened.manifest };
  const names = { candidate: candidate.signature.classes, present: signature.classes.map(nameIn) };
  // Both run where each of them may: what one takes in a cell says nothing beside what the other takes in this process.
  const isTrusted = candidate.isTrusted && (await context.trust.isTrusted(opened.manifest));
  const alike = { ...context, trust: { isTrusted: async () => isTrusted } };
  const { runtime, infer } = await openVersion(opened, alike);
  const own = await openCandidate(candidate, isTrusted, context).catch(async (error: unknown) => {
    await runtime.close();
    throw error;
  });
  try {
    const comparisons: VersionComparison[] = [];
    const sources = sourcesOf(opened.manifest, rule, candidate, context);
    for (const { source, isInNewNames, role } of sources) {
      const shared = await shareExamples(source, contracts).catch((error: unknown) => {
        throw new Error(
          `${role} ${source.name}, which cannot be read here: ${systemReasonOf(error)}`,
          {
            cause: error,
          },
        );
      });
      const { classes } = shared.candidate.dataset;
      const order = isInNewNames ? classes : classes.map(nameIn);
      const contenders = {
        candidate: inOrder(
          inferWith(own, candidate.signature),
          order.map((name) => names.candidate.indexOf(name)),
        ),
        present: inOrder(
          infer,
          order.map((name) => names.present.indexOf(name)),
        ),
      };
      const { learnt } = candidate;
      const unseen = learnt === 'unknown' ? shared : withoutLearnt(shared, learnt);
      comparisons.push(await compareVersions(unseen, contenders, context.signal));
    }
    return comparisons;
  } finally {
    await own.close();
    await runtime.close();
  }
}

async function openCandidate(
  { entry, signature }: Candidate,
  isTrusted: boolean,
  { loadRuntime, signal }: JudgeContext,
): Promise<ModelRuntime> {
  const { runtime, file } = entry;
  const opening = { model: 'candidate', version: 0, runtime, signature, isTrusted, signal };
  return loadRuntime({ ...opening, file: await file(), maxBatchSize: BLOCK_SIZE });
}

interface Source {
  readonly source: ReadAgain;
  /** Whether its classes are called as in the new version. */
  readonly isInNewNames: boolean;
  /** What it is to the model, in words that its name follows. */
  readonly role: string;
}

/** What the rule names; else what the model has been measured on before, and what the run itself held out. */
function sourcesOf(
  manifest: Manifest,
  rule: ReleaseRule,
  { signature, heldOut }: Candidate,
  context: JudgeContext,
): Source[] {
  const { dataset: uri } = conditionsOf(rule);
  if (uri !== undefined) {
    const source = readReference({ dataset: { uri } }, signature.classes, context);
    return [{ source, isInNewNames: true, role: 'the policy names' }];
  }
  const reference = referenceOf(manifest);
  const isOwn =
    canonicalJson(heldOut?.reference ?? {}) ===
    canonicalJson({ digest: reference?.digest, split: reference?.split });
  return [
    ...(reference && !isOwn
      ? [
          {
            source: readReference(reference, manifest.signature.classes, context),
            isInNewNames: false,
            role: 'the model has been measured on',
          },
        ]
      : []),
    ...(heldOut ? [{ source: heldOut, isInNewNames: true, role: 'the run has held out' }] : []),
  ];
}
