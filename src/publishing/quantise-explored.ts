import { readFile, stat, writeFile } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { cellOptions } from '../compose/runtimes.ts';
import type { Config } from '../config.ts';
import { errors, withDetails } from '../errors.ts';
import type { ImagePreparer } from '../image/prepare-image.ts';
import type { Quantisation } from '../repository/figures/quantisation.ts';
import { startCell } from '../runtime/cells/start-cell.ts';
import type { Signature } from '../signature.ts';
import { stack, unstack } from '../tensor.ts';
import { gateFault, type QuantisationGate } from '../training/quantising/quantisation-gate.ts';
import { quantiseServed, type OpenGraph } from '../training/quantising/quantise-served.ts';
import { readCalibrationSet, type CalibrationPlace } from './calibration-set.ts';
import type { ExploredModel } from './explore-model.ts';
import type { GatheredFiles } from './gather-saved-model.ts';
import { quantisationInWords } from './quantisation-in-words.ts';
import { recordGolden, type RecordedGolden } from './record-golden.ts';

export interface QuantiseExploredOptions {
  readonly calibration: CalibrationPlace;
  readonly gate: QuantisationGate;
  readonly images: ImagePreparer;
  readonly config: Config;
  /** A folder of the command's own, in which the files of the model lie beside `entry`. */
  readonly folder: string;
  readonly entry: string;
}

/** A model as a server gets it, with what it changed where it was put in eight bits. */
export interface ServedModel {
  readonly explored: ExploredModel;
  readonly files: GatheredFiles;
  readonly quantisation?: Quantisation;
}

/**
 * Puts the model in eight bits in the place of the one that was explored, with golden samples of its own scores.
 * GLIMPSE_QUANTISED_WORSE where it is worse than the gate allows; nothing was changed then.
 */
export async function quantiseExplored(
  explored: ExploredModel,
  files: GatheredFiles,
  options: QuantiseExploredOptions,
): Promise<ServedModel> {
  const { images, config, folder, entry, gate } = options;
  const { signature, preprocessing } = explored;
  if (extname(entry) !== '.onnx') {
    throw new errors.GLIMPSE_NOT_QUANTISABLE('it is no ONNX model: export it as one');
  }
  const { signal } = new AbortController();
  const set = await readCalibrationSet(options.calibration, {
    signature,
    preprocessing,
    images,
    config,
    workDir: folder,
    signal,
  });
  const opening = openerIn(folder, config);
  const { model, quantisation } = await quantiseServed({
    model: await readFile(entry),
    modelBytes: await bytesOf(files),
    signature,
    readData: (location) => readFile(join(folder, location)),
    open: opening,
    ...set,
    maxBatchSize: config.GLIMPSE_MAX_BATCH_SIZE,
    signal,
  });
  const fault = gateFault(quantisation, gate);
  if (fault !== undefined) {
    throw withDetails(new errors.GLIMPSE_QUANTISED_WORSE(fault), { quantisation, ...gate });
  }
  const golden =
    explored.golden.samples.length > 0
      ? await goldenAgain(explored, await opening(model, signature), images)
      : explored.golden;
  await writeFile(entry, model);
  const notes = [...quantisationInWords(quantisation), ...explored.notes];
  return {
    explored: { ...explored, golden, notes },
    files: new Map([[basename(entry), { file: entry }]]),
    quantisation,
  };
}

/** Opens graphs in cells, each from a file of its own: they are those of strangers, whatever we wrote into them. */
function openerIn(folder: string, config: Config) {
  let count = 0;
  const options = cellOptions(config);
  const threads = config.GLIMPSE_RUNTIME_THREADS;
  return async (model: Uint8Array, signature: Signature): Promise<OpenGraph> => {
    const file = join(folder, `graph-${(count += 1)}.onnx`);
    await writeFile(file, model);
    const cell = await startCell({ runtime: 'onnx', file, signature, threads }, options);
    return {
      infer: (batch) => cell.infer(batch, options.limits.batchMs),
      close: () => cell.close(),
    };
  };
}

async function bytesOf(files: GatheredFiles): Promise<number> {
  const sizes = await Promise.all(
    [...files.values()].map(async ({ file }) => (await stat(file)).size),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** The golden samples with the scores of the model that is served; it must answer them as the float model did. */
async function goldenAgain(
  { golden, signature, preprocessing }: ExploredModel,
  opened: OpenGraph,
  images: ImagePreparer,
): Promise<RecordedGolden> {
  const { input } = signature;
  try {
    const outputs: Float32Array[] = [];
    const samples = golden.samples.map(({ file, label }) => {
      const bytes = Buffer.from(golden.files.get(file)!);
      return { path: file.replace(/^golden\/\d+-/, ''), bytes, expected: undefined, label };
    });
    for (const { bytes } of samples) {
      const example = await images.prepare(bytes, preprocessing, input.layout);
      outputs.push(...unstack((await opened.infer(stack([example], input.shape))).outputs));
    }
    const again = recordGolden(samples, outputs, signature);
    const other = again.samples.find(
      ({ file, label }) => label !== samples.find(({ path }) => file.endsWith(`-${path}`))?.label,
    );
    if (other) {
      throw new errors.GLIMPSE_QUANTISED_WORSE(
        `its golden sample ${other.file} comes out as "${other.label}" in eight bits`,
      );
    }
    return { ...again, notes: [...golden.notes, ...again.notes] };
  } finally {
    await opened.close();
  }
}
