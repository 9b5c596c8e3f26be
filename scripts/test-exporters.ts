import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../src/package.ts';
import { chosenBy } from './foreign/chosen.ts';
import { casesIn, outcomesInWords, type Outcome } from './foreign/exporters/case.ts';
import { tryOperators } from './foreign/exporters/operators.ts';
import { serveCases } from './foreign/exporters/serve-cases.ts';
import { MissingTool, run } from './foreign/run.ts';
import { pythonPackages } from './foreign/tools.ts';

/**
 * `npm run test:exporters`: the exporters of others write models in Python, the built program publishes them, and a server answers
 * as Python's ONNX Runtime and the library that the model was made with do, or refuses them as it should. Words behind --
 * choose writers by their names. What is missing is said loudly; GLIMPSE_EXPORTERS_REQUIRED=1 makes that a failure.
 */
interface Writer {
  readonly name: string;
  /** The Python that runs it. */
  readonly python: () => Promise<string>;
  readonly script: string;
  readonly args?: readonly string[];
}

const python = async (...packages: string[]): Promise<string> =>
  join(await pythonPackages(...packages), 'bin', 'python');
const onnxPython = (): Promise<string> =>
  python(
    'keras==3.15.1',
    'tensorflow-cpu==2.21.0',
    'tf2onnx==1.17.0',
    'skl2onnx==1.20.0',
    'scikit-learn==1.9.1',
    'onnx==1.19.1',
    'onnxruntime==1.32.0',
  );
const torchPython = (): Promise<string> =>
  python('torch==2.15.0', 'onnxscript==0.7.2', 'onnx==1.23.2');

/** The PyTorch that Debian has: of a time when there was one exporter. */
async function debianPython(): Promise<string> {
  await run('/usr/bin/python3', ['-c', 'import torch']).catch(() => {
    throw new MissingTool('/usr/bin/python3 has no torch (Debian: apt-get install python3-torch)');
  });
  return '/usr/bin/python3';
}

const writers: readonly Writer[] = [
  { name: 'onnx', python: onnxPython, script: 'write_onnx.py' },
  { name: 'skl2onnx', python: onnxPython, script: 'write_sklearn.py' },
  { name: 'tf2onnx', python: onnxPython, script: 'write_tensorflow.py' },
  { name: 'torch-debian', python: debianPython, script: 'write_torch.py', args: ['legacy'] },
  { name: 'torch-legacy', python: torchPython, script: 'write_torch.py', args: ['legacy'] },
  { name: 'torch-dynamo', python: torchPython, script: 'write_torch.py', args: ['dynamo'] },
];

const scripts = join(packageRoot, 'scripts', 'foreign', 'exporters');
const said: string[] = [];

async function tryWriter(
  { name, python: pythonOf, script, args = [] }: Writer,
  home: string,
): Promise<Outcome[]> {
  const folder = join(home, name);
  await mkdir(folder);
  await run(await pythonOf(), [join(scripts, script), folder, ...args]);
  await run(await onnxPython(), [join(scripts, 'answer.py'), folder]);
  return await serveCases(await casesIn(folder), folder);
}

async function tryAllOperators(home: string): Promise<Outcome[]> {
  const folder = join(home, 'operators');
  await mkdir(folder);
  await run(await onnxPython(), [join(scripts, 'write_operators.py'), folder]);
  return await tryOperators(folder);
}

const names = [...writers.map(({ name }) => name), 'operators'];
const isSame = (name: string, word: string): boolean => name === word;
const chosen = chosenBy(process.argv.slice(2), names, (name) => name, isSame);
const isChosen = (name: string): boolean => chosen.includes(name);
const home = await mkdtemp(join(tmpdir(), 'glimpse-exporters-'));
const outcomes: Outcome[] = [];
const attempt = async (name: string, work: () => Promise<Outcome[]>): Promise<void> => {
  if (!isChosen(name)) return;
  console.log(`${name} ...`);
  try {
    outcomes.push(...(await work()));
  } catch (error) {
    if (!(error instanceof MissingTool)) throw error;
    said.push(`=== SKIPPED ${name} of test:exporters: ${error.message} ===`);
  }
};
try {
  await run(process.execPath, [join(packageRoot, 'scripts', 'bundle.mjs')]);
  for (const writer of writers) await attempt(writer.name, () => tryWriter(writer, home));
  await attempt('operators', () => tryAllOperators(home));
} finally {
  await rm(home, { recursive: true, force: true });
}
console.log(`\n${outcomesInWords(outcomes)}`);
const wrong = outcomes.filter(({ isRight }) => !isRight);
console.log(`\n${outcomes.length - wrong.length} of ${outcomes.length} are as they should be.`);
for (const sentence of said) console.error(sentence);
const isMissing = said.length > 0 && process.env['GLIMPSE_EXPORTERS_REQUIRED'] === '1';
process.exitCode = wrong.length > 0 || isMissing ? 1 : 0;
