import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createVersionDigests } from '../../src/evidence/version-digests.ts';
import type { Manifest } from '../../src/repository/manifest.ts';
import { mnistPreprocessing } from '../../src/preprocessing/contract-one.ts';
import { tinySignature } from '../support/tiny-onnx.ts';

const [a, b, c] = ['a', 'b', 'c'].map((digit) => digit.repeat(64)) as [string, string, string];

function manifest(changes: Partial<Manifest>): Manifest {
  return {
    formatVersion: 1,
    model: 'digits',
    version: 1,
    createdAt: '',
    writerId: '',
    runtime: 'onnx',
    entry: 'model.onnx',
    files: [{ path: 'model.onnx', size: 1, sha256: a }],
    signature: tinySignature,
    preprocessing: mnistPreprocessing,
    golden: [],
    lineage: {},
    metrics: {},
    ...changes,
  };
}

const golden = { path: 'golden/left.png', size: 1, sha256: c };
const digestsOf = createVersionDigests();

describe('the digests of a version', () => {
  it('are that of its model file, whatever its golden samples are', () => {
    const samples = [{ file: golden.path, label: 'left', scores: [] }];
    const files = [{ path: 'model.onnx', size: 1, sha256: a }, golden];
    expect(digestsOf(manifest({ files, golden: samples })).model).toBe(`sha256:${a}`);
  });

  it('are of several files that of what sha256sum prints, in whatever order they stand', () => {
    const files = [
      { path: 'weights.bin', size: 1, sha256: b },
      { path: 'model.onnx', size: 1, sha256: a },
    ];
    const expected = createHash('sha256').update(`${a}  model.onnx\n${b}  weights.bin\n`);
    expect(digestsOf(manifest({ files })).model).toBe(`sha256:${expected.digest('hex')}`);
  });

  it('tell contracts apart, and not the order of their fields', () => {
    const reversed = Object.fromEntries(Object.entries(mnistPreprocessing).toReversed());
    const { preprocessing } = digestsOf(manifest({}));
    expect(digestsOf(manifest({ preprocessing: reversed as never })).preprocessing).toBe(
      preprocessing,
    );
    expect(
      digestsOf(manifest({ preprocessing: { ...mnistPreprocessing, scale: 1 } })).preprocessing,
    ).not.toBe(preprocessing);
  });
});
