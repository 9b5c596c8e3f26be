import { readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { hasCode, systemReasonOf } from '../disk-errors.ts';
import { renameReplacing, writeTemporary } from '../repository/stores/disk/atomic-file.ts';
import { compiledWhenUsed } from '../schema.ts';
import { Type } from '../schema/builder.ts';
import type { FitState } from './fit.ts';
import { EpochSchema } from './events.ts';
import { frame, unframe } from '../repository/files/framed.ts';

/**
 * All of a run between two steps in one file: a head in JSON, the numbers behind it, and a digest of
 * both at the end. It is whole or it is not there, and it is only read by the run that wrote it.
 */
export interface Checkpoints {
  /** Where the run stood; undefined when there is no checkpoint, or none of this very run. */
  load(): Promise<FitState | undefined>;
  /** Whether it was saved. The run continues without a checkpoint, and after a crash repeats more of its work. */
  save(state: FitState): Promise<boolean>;
  remove(): Promise<void>;
}

export interface CheckpointOptions {
  readonly file: string;
  /** Names everything the numbers follow from: request, data, code. Another key is another run. */
  readonly key: string;
  /** A checkpoint was there but could not be used, or (reported once) none could be written. */
  readonly onProblem: (problem: string) => void;
}

/** What a run calls its checkpoint, in the folder of its own. */
export const checkpointFile = 'checkpoint';

const FORMAT = 1;

const HeadSchema = Type.Object({
  format: Type.Literal(FORMAT),
  key: Type.String(),
  trainer: Type.Object({
    epoch: Type.Integer({ minimum: 0 }),
    step: Type.Integer({ minimum: 0 }),
    lossSum: Type.Number(),
    correct: Type.Number(),
  }),
  history: Type.Array(EpochSchema),
  seconds: Type.Number(),
  best: Type.Optional(Type.Object({ epoch: Type.Integer(), loss: Type.Number() })),
  /** What the numbers are, in their order: of the present state, or of the best epoch. */
  tensors: Type.Array(
    Type.Object({
      of: Type.Union([Type.Literal('present'), Type.Literal('best')]),
      name: Type.String(),
      length: Type.Integer({ minimum: 0 }),
    }),
  ),
});
const isHead = compiledWhenUsed(HeadSchema);

/** Keeps the checkpoint of one run in one file. */
export function createCheckpoints({ file, key, onProblem }: CheckpointOptions): Checkpoints {
  let isReported = false;
  return {
    async load() {
      try {
        const state = decode(await readFile(file), key);
        if (typeof state !== 'string') return state;
        onProblem(`The checkpoint is not used: ${state}`);
      } catch (error) {
        if (!hasCode(error, 'ENOENT'))
          onProblem(`The checkpoint is not used: ${systemReasonOf(error)}`);
      }
      return undefined;
    },
    async save(state) {
      try {
        await renameReplacing(await writeTemporary(dirname(file), encode(state, key)), file);
        return true;
      } catch (error) {
        if (!isReported) {
          onProblem(
            `The run cannot be saved, and goes on without checkpoints: ${systemReasonOf(error)}`,
          );
        }
        isReported = true;
        return false;
      }
    },
    remove: () => rm(file, { force: true }),
  };
}

function encode({ trainer, best, history, seconds }: FitState, key: string): Buffer {
  const { values, ...position } = trainer;
  const tensors = [
    ...[...values].map(([name, data]) => ({ of: 'present', name, data })),
    ...[...(best?.values ?? [])].map(([name, data]) => ({ of: 'best', name, data })),
  ];
  const head = {
    format: FORMAT,
    key,
    trainer: position,
    history,
    seconds,
    ...(best && { best: { epoch: best.epoch, loss: best.loss } }),
    tensors: tensors.map(({ of, name, data }) => ({ of, name, length: data.length })),
  };
  return frame(
    head,
    tensors.map(({ data }) => Buffer.from(data.buffer, data.byteOffset, data.byteLength)),
  );
}

/** The state in a checkpoint's bytes, or why there is none. */
function decode(bytes: Buffer, key: string): FitState | string {
  const framed = unframe(bytes);
  if (framed === undefined) return 'it is damaged';
  const { head, body } = framed;
  if (!isHead(head)) return 'it is of another format';
  if (head.key !== key) return 'it is of another request, dataset or version of the code';
  const states = {
    present: new Map<string, Float32Array>(),
    best: new Map<string, Float32Array>(),
  };
  let offset = 0;
  for (const { of, name, length } of head.tensors) {
    const data = new Float32Array(length);
    Buffer.from(data.buffer).set(body.subarray(offset, offset + data.byteLength));
    states[of].set(name, data);
    offset += data.byteLength;
  }
  return {
    trainer: { ...head.trainer, values: states.present },
    history: head.history,
    seconds: head.seconds,
    ...(head.best && { best: { ...head.best, values: states.best } }),
  };
}
