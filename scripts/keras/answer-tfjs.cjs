/**
 * What TensorFlow.js itself answers to the graph models of a folder, compared with what TensorFlow answered: proof that record_graphs.py
 * writes them as TensorFlow.js reads them. `node answer-tfjs.cjs PACKAGES FOLDER NAME...` prints the largest difference as JSON.
 */
const { createRequire } = require('node:module');
const { readFile } = require('node:fs/promises');
const path = require('node:path');

const [packages, folder, ...names] = process.argv.slice(2);
const load = createRequire(path.join(packages, 'package.json'));
const tf = load('@tensorflow/tfjs-core');
load('@tensorflow/tfjs-backend-cpu');
const { loadGraphModel } = load('@tensorflow/tfjs-converter');

const floats = async (file) => new Float32Array(new Uint8Array(await readFile(file)).buffer);

async function differenceOf(name) {
  const place = path.join(folder, name);
  const { modelTopology, format, signature, weightsManifest } = JSON.parse(
    await readFile(`${place}.json`, 'utf8'),
  );
  const weightData = new Uint8Array(await readFile(`${place}.bin`)).buffer;
  const weightSpecs = weightsManifest[0].weights;
  const model = await loadGraphModel(
    tf.io.fromMemory({ modelTopology, format, signature, weightSpecs, weightData }),
  );
  const { input } = JSON.parse(await readFile(`${place}.meta`, 'utf8'));
  const given = await model.predict(tf.tensor(await floats(`${place}.in`), input)).data();
  const wanted = await floats(`${place}.out`);
  if (given.length !== wanted.length) return Infinity;
  const greatest = wanted.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
  return given.reduce((most, value, at) => {
    const difference = Math.abs(value - wanted[at]) / greatest;
    return Number.isNaN(difference) ? Infinity : Math.max(most, difference);
  }, 0);
}

async function main() {
  await tf.setBackend('cpu');
  const differences = {};
  for (const name of names) differences[name] = await differenceOf(name);
  process.stdout.write(`\n${JSON.stringify(differences)}\n`);
}

void main();
