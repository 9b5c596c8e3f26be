import { systemReasonOf } from '../disk-errors.ts';
import { errors } from '../errors.ts';
import { isRecord } from '../json.ts';
import type { ImagePreparer } from '../image/prepare-image.ts';
import { examineDraft } from '../loading/examine-draft.ts';
import { contentOf, type Trust } from '../loading/trust.ts';
import { jobOrTerminal } from '../repository/history/actor.ts';
import type { Baseline } from '../repository/baseline.ts';
import type { Quantisation } from '../repository/figures/quantisation.ts';
import type { Lineage, Manifest } from '../repository/manifest.ts';
import type { Publication, Repository, VersionDraft } from '../repository/repository.ts';
import { openOnnxRuntime } from '../runtime/onnx-runtime.ts';
import type { Preprocessing } from '../preprocessing/contract.ts';
import type { Gate, Signature } from '../signature.ts';
import type { TrainEvent } from './events.ts';
import type { KeptSet } from './measuring/keep-examples.ts';
import type { GoldenSet } from './measuring/golden.ts';

/** A trained net with all that is in the manifest of its version. */
export interface TrainedNet {
  readonly graph: { readonly model: Uint8Array };
  readonly signature: Signature;
  readonly preprocessing: Preprocessing;
  readonly gate: Gate;
  readonly golden: GoldenSet;
  readonly metrics: Manifest['metrics'];
  readonly lineage: Lineage;
  readonly baseline?: Baseline;
  /** Where it computes in eight bits. */
  readonly quantisation?: Quantisation;
  /** Where training examples are kept. */
  readonly kept?: KeptSet;
}

/** Where a trained net goes. */
export interface PublicationPlan {
  readonly model: string;
  /** To be moved to the new version. */
  readonly label: string | undefined;
}

/** How many of the newest versions are looked at for one that this very job has published before. */
const LOOK_BACK = 10;

export interface PublishContext {
  readonly repository: Repository;
  readonly trust: Pick<Trust, 'remember'>;
  readonly report: (event: Extract<TrainEvent, { type: 'note' }>) => void;
  readonly signal: AbortSignal;
}

/**
 * Holds a net to the self-test of a server, before a version exists or a label moves: GLIMPSE_SELF_TEST_FAILED,
 * GLIMPSE_MODEL_INVALID.
 */
export async function tryNet(
  plan: PublicationPlan,
  net: TrainedNet,
  { images, threads }: { readonly images: ImagePreparer; readonly threads: number },
): Promise<void> {
  const draft = draftOf(plan, net, undefined);
  const { signature } = draft;
  await examineDraft(draft, {
    // From memory: a full disk must not keep a net from being published elsewhere.
    open: () => openOnnxRuntime({ file: net.graph.model, signature, threads }),
    prepareGolden: (...image) => images.prepare(...image),
  });
}

/** Publishes a net that was tried as the next version of its model, once however often it is called. */
export async function publishNet(
  plan: PublicationPlan,
  net: TrainedNet,
  publication: Publication,
  { repository, trust, signal, report }: PublishContext,
): Promise<Manifest> {
  const done = await findPublished(repository, plan.model, net.lineage.job, signal);
  if (done) return done;
  const parent = (await repository.versions(plan.model, signal)).at(-1);
  const draft = draftOf(plan, net, parent);
  if (!isOurs(net.lineage)) return repository.publish(draft, signal, publication);
  try {
    await trust.remember(await contentOf(draft));
  } catch (error) {
    const note = `This server cannot remember that it trained this version, which will run in a cell: ${systemReasonOf(error)}`;
    report({ type: 'note', note });
  }
  return repository.publish(draft, signal, publication);
}

/** Whether all of it was made here, or may run here anyway: no backbone of somebody else is in it. */
function isOurs({ hyperparameters }: Lineage): boolean {
  const backbone = hyperparameters?.['onTopOf'];
  return !isRecord(backbone) || backbone['isTrusted'] === true;
}

function draftOf(
  { model, label }: PublicationPlan,
  net: TrainedNet,
  parent: number | undefined,
): VersionDraft {
  const { kept } = net;
  return {
    model,
    runtime: 'onnx',
    entry: 'model.onnx',
    signature: net.signature,
    preprocessing: net.preprocessing,
    ...(Object.keys(net.gate).length > 0 && { gate: net.gate }),
    golden: [...net.golden.samples],
    lineage: { ...net.lineage, ...(parent !== undefined && { parent }) },
    metrics: net.metrics,
    ...(net.baseline && { baseline: net.baseline }),
    ...(net.quantisation && { quantisation: net.quantisation }),
    ...(kept && { keptExamples: kept.described }),
    files: new Map([
      ['model.onnx', net.graph.model],
      ...net.golden.files,
      ...(kept ? [[kept.described.file, kept.bytes] as const] : []),
    ]),
    ...(label !== undefined && { label }),
    cause: { by: jobOrTerminal(net.lineage.job), why: 'The request of the training asks for it.' },
  };
}

/** What a job has published before: one that died right after must not publish again when it is resumed. */
export async function findPublished(
  repository: Repository,
  model: string,
  job: string | undefined,
  signal: AbortSignal,
): Promise<Manifest | undefined> {
  if (job === undefined) return undefined;
  const newest = (await repository.versions(model, signal)).slice(-LOOK_BACK);
  for (const version of newest.toReversed()) {
    const manifest = await repository.manifest(model, version, signal).catch((error: unknown) => {
      // A damaged version is not of this job, and no reason to lose a trained net.
      if (error instanceof errors.GLIMPSE_MANIFEST_INVALID) return undefined;
      throw error;
    });
    if (manifest?.lineage.job === job) return manifest;
  }
  return undefined;
}
