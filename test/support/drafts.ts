import { mnistPreprocessing } from '../../src/preprocessing/contract-one.ts';
import type { DatasetDraft } from '../../src/repository/datasets/dataset-repository.ts';
import type { ReleaseRecord } from '../../src/repository/releases/release-record.ts';
import type { VersionDraft } from '../../src/repository/repository.ts';

/** A draft that any repository takes; its "model" is not one a runtime could open. */
export function aDraft(changes: Partial<VersionDraft> = {}): VersionDraft {
  const classes = ['0', '1', '2'];
  return {
    model: 'digits',
    runtime: 'onnx',
    entry: 'model.onnx',
    files: new Map([
      ['model.onnx', Buffer.from('the bytes of a net')],
      ['golden/one.png', Buffer.from('the bytes of an image')],
    ]),
    signature: {
      input: { name: 'image', dtype: 'float32', layout: 'NCHW', shape: [1, 28, 28] },
      output: { name: 'logits', kind: 'logits' },
      classes,
    },
    preprocessing: mnistPreprocessing,
    golden: [{ file: 'golden/one.png', label: '1', scores: [0.1, 0.8, 0.1] }],
    lineage: { seed: 7 },
    metrics: { accuracy: 0.9 },
    ...changes,
  };
}

/** What was decided about the first version of `aDraft`. */
export function aReleaseRecord(changes: Partial<ReleaseRecord> = {}): ReleaseRecord {
  return {
    formatVersion: 1,
    model: 'digits',
    version: 1,
    decidedAt: '2026-11-27T18:00:00.000Z',
    decision: 'promoted',
    reason: 'It is the first version of its model.',
    rule: 'if-better',
    checks: [],
    comparisons: [],
    ...changes,
  };
}

export const digestNumber = (number: number): string => String(number).repeat(64).slice(0, 64);

/** A dataset that any datasets takes; its files hold no examples. Another number, another digest. */
export function aDataset(number = 1, changes: Partial<DatasetDraft> & object = {}): DatasetDraft {
  return {
    name: 'fruit',
    digest: digestNumber(number),
    shape: { width: 2, height: 2, channels: 1 },
    classes: ['apple', 'pear'],
    classCounts: [1, 2],
    examples: 3,
    source: { uri: 'fruit.csv' },
    report: {
      rowsRead: 3,
      refused: { count: 0, rows: [] },
      duplicates: { count: 0, rows: [] },
      conflicts: { count: 0, rows: [] },
      keptDuplicates: false,
    },
    files: new Map([
      ['images.idx', Buffer.from(`images of ${number}`)],
      ['labels.idx', Buffer.from(`labels of ${number}`)],
    ]),
    ...changes,
  };
}
