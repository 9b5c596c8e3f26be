import type { Labels } from '../repository.ts';
import { latestLabel } from '../names.ts';
import { versionsNamedBy, type TrafficRecord } from '../traffic/traffic-record.ts';

/** What decides which version answers, as it is at rest. */
export interface NamingDocuments {
  readonly labels: Labels['labels'];
  readonly traffic: TrafficRecord | undefined;
}

/**
 * What names a version, in words: whatever is listed here keeps it from being deleted, and from being removed. The label
 * `latest` follows publishing, and is nobody's decision.
 */
export function namesOfVersion(version: number, { labels, traffic }: NamingDocuments): string[] {
  const byLabel = Object.entries(labels)
    .filter(([label, target]) => target === version && label !== latestLabel)
    .map(([label]) => `the label "${label}" points at it`);
  const versionOf = (label: string): number | undefined =>
    Object.hasOwn(labels, label) ? labels[label] : undefined;
  const byTraffic = versionsNamedBy(traffic?.rules, versionOf).includes(version);
  return byTraffic && byLabel.length === 0 ? ['the traffic rules name it'] : byLabel;
}
