import { mnistPreprocessing } from '../../src/signature.ts';
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
