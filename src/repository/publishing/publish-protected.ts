import { movesByApproval } from '../approvals/protect.ts';
import { unknownCause } from '../history/history-entry.ts';
import { readLabels } from '../labels.ts';
import type { Manifest } from '../manifest.ts';
import { publishVersion, type Publishing } from './publish.ts';
import type { Publication, Repository, VersionDraft } from '../repository.ts';

/** Publishes a version; where its label is protected, that moves when a second caller approves it. */
export async function publishProtected(
  publishing: Publishing,
  documents: Pick<Repository, 'releases' | 'approvals' | 'traffic'>,
  draft: VersionDraft,
  signal?: AbortSignal,
  publication?: Publication,
): Promise<Manifest> {
  const { label, ...unlabelled } = draft;
  const { model, cause = unknownCause } = draft;
  if (label === undefined || !(await movesByApproval(documents, model, label, signal))) {
    return publishVersion(publishing, draft, signal, publication);
  }
  const manifest = await publishVersion(publishing, unlabelled, signal, publication);
  const found = await readLabels(publishing.store, model, undefined, signal);
  const labels = found === 'unchanged' ? {} : found.labels;
  const from = (Object.hasOwn(labels, label) ? labels[label] : undefined) ?? null;
  const change = { label, version: manifest.version, from };
  await documents.approvals.ask(model, change, cause);
  return manifest;
}
