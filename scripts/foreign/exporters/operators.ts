import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import ort from 'onnxruntime-node';
import { cannotOpen } from '../../../src/runtime/onnx-errors.ts';
import type { Outcome } from './case.ts';

/** A net of one operator at one opset, and what Python's ONNX Runtime says of it (write_operators.py). */
interface OperatorCase {
  readonly operator: string;
  readonly opset: number;
  readonly file: string;
  /** A file of float32 values; there is none where it is refused. */
  readonly answer?: string;
  readonly refused?: string;
}

/** Both sum up in their own order. */
const tolerance = 1e-5;

/** Opens every net of a folder here and compares its answers: an outcome for each operator, over all opsets. */
export async function tryOperators(folder: string): Promise<Outcome[]> {
  const noted = JSON.parse(await readFile(join(folder, 'operators.json'), 'utf8')) as {
    readonly shape: readonly number[];
    readonly cases: readonly OperatorCase[];
  };
  const x = new ort.Tensor('float32', await floatsOf(join(folder, 'x')), noted.shape);
  const outcomes: Outcome[] = [];
  for (const operator of new Set(noted.cases.map((one) => one.operator))) {
    const cases = noted.cases.filter((one) => one.operator === operator);
    const differences: number[] = [];
    const refusals: string[] = [];
    for (const one of cases) {
      const tried = await tryOne(join(folder, one.file), x);
      if (typeof tried === 'string') refusals.push(`opset ${one.opset} is refused: ${tried}`);
      else if (one.answer === undefined) refusals.push(`opset ${one.opset} is refused in Python`);
      else differences.push(farthest(tried, await floatsOf(join(folder, one.answer))));
    }
    const most = Math.max(...differences);
    const opsets = `opset ${cases[0]!.opset} to ${cases.at(-1)!.opset}`;
    outcomes.push({
      name: operator,
      isRight: refusals.length === 0 && most <= tolerance,
      words: [`${opsets}: ${most.toExponential(1)}`, ...refusals].join('; '),
    });
  }
  return outcomes;
}

/** What a net answers, or why it is refused. */
async function tryOne(file: string, x: ort.Tensor): Promise<Float32Array | string> {
  try {
    const session = await ort.InferenceSession.create(file, { logSeverityLevel: 4 });
    const answer = (await session.run({ x }))['out']?.data as Float32Array;
    await session.release();
    return answer;
  } catch (error) {
    return cannotOpen(error, file).message;
  }
}

async function floatsOf(file: string): Promise<Float32Array> {
  return new Float32Array(new Uint8Array(await readFile(file)).buffer);
}

/** The largest difference, as a share of the largest value where that is above 1. */
function farthest(given: Float32Array, expected: Float32Array): number {
  if (given.length !== expected.length) return Infinity;
  const greatest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
  return given.reduce((most, value, at) => {
    const difference = Math.abs(value - expected[at]!) / greatest;
    return Number.isNaN(difference) ? Infinity : Math.max(most, difference);
  }, 0);
}
