/**
 * `npm run test:export`: exported versions are loaded again by the libraries they are for, in Python: Keras, ONNX's own
 * checker and ONNX Runtime. Every answer must be the server's to 1e-5. (TensorFlow.js is tried by `npm test`.) Needs
 * python3 and PyPI; what is missing is said loudly. GLIMPSE_EXPORT_REQUIRED=1 makes that a failure.
 */
import { spawnSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { kerasFile } from '../src/exporting/keras-file.ts';
import { kerasLayers } from '../src/exporting/keras-layers.ts';
import { onnxModel } from '../src/exporting/onnx-model.ts';
import { readTrainedNet } from '../src/exporting/trained-net.ts';
import { exportedArchitectures, exportedCase } from '../test/support/exported-nets.ts';
import { zip } from '../test/support/zip.ts';

const folder = join('.glimpse', 'test-export');
const python = join(folder, 'python', 'bin', 'python');
const packages = ['keras==3.15.1', 'tensorflow-cpu==2.21.0', 'onnx==1.19.1', 'onnxruntime==1.23.2'];

function skip(reason: string): never {
  console.log(`=== SKIPPED test:export: ${reason} ===`);
  process.exit(process.env['GLIMPSE_EXPORT_REQUIRED'] === '1' ? 1 : 0);
}

function runs(command: string, ...args: string[]): boolean {
  return spawnSync(command, args, { stdio: ['ignore', 'ignore', 'inherit'] }).status === 0;
}

await mkdir(folder, { recursive: true });
if (!runs('python3', '-m', 'venv', join(folder, 'python'))) skip('there is no python3 with venv');
if (!runs(python, '-m', 'pip', 'install', '--quiet', ...packages)) {
  skip(`PyPI has not ${packages.join(', ')} for this Python`);
}

const cases: object[] = [];
for (const name of Object.keys(exportedArchitectures) as (keyof typeof exportedArchitectures)[]) {
  for (const channels of [1, 3, 4] as const) {
    const { manifest, model, pixels, shape, probabilities } = await exportedCase(name, channels);
    const layers = kerasLayers(readTrainedNet(manifest, model), manifest.preprocessing);
    const files = kerasFile(layers, shape.slice(1), { name, createdAt: manifest.createdAt });
    const members = Object.entries(files).map(([path, data]: [string, Uint8Array]) => ({
      name: path,
      data,
      stored: true,
    }));
    const base = join(folder, `${name}-${channels}`);
    await writeFile(`${base}.keras`, zip(members));
    await writeFile(`${base}.onnx`, onnxModel(manifest, model));
    cases.push({ base, pixels: [...pixels], shape, probabilities });
  }
}
await writeFile(join(folder, 'cases.json'), JSON.stringify(cases));
const read = spawnSync(python, ['scripts/export/read_exports.py', join(folder, 'cases.json')], {
  stdio: 'inherit',
});
process.exitCode = read.status ?? 1;
