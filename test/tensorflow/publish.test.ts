import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { command } from '../../src/cli/publish.ts';
import { encodePng } from '../../src/image/encode-png.ts';
import { createRepository } from '../../src/repository/model-repository.ts';
import { createDiskStore } from '../../src/repository/stores/disk/disk-store.ts';
import { runCommand } from '../support/run-command.ts';
import { temporaryFolder, writeInto } from '../support/temporary-folder.ts';

/** `glimpse publish` of the SavedModel that Python's TensorFlow wrote; `npm run test:tensorflow` prepares it. */
const saved = process.env['SAVED_MODEL_FOLDER']!;
let root: string;
let images: string[];
/** What TensorFlow in Python answers to them. */
let answers: number[][];

beforeAll(async () => {
  root = await temporaryFolder();
  const written = JSON.parse(await readFile(join(saved, 'answers.json'), 'utf8'));
  answers = written.answersOfLevels;
  const levels: number[][] = written.levels;
  const size = { width: 8, height: 8, channels: 1 as const };
  images = await Promise.all(
    levels.map(async (row, place) =>
      writeInto(root, `${place}.png`, await encodePng(Uint8Array.from(row), size)),
    ),
  );
});

/** Golden samples have the scores that TensorFlow in Python gives. */
function expectAnswers(golden: readonly { file: string; scores: readonly number[] }[]): void {
  expect(golden.length).toBeGreaterThan(0);
  for (const { file, scores } of golden) {
    const wanted = answers[Number(/-(\d+)\.png$/.exec(file)?.[1])]!;
    scores.forEach((score, k) => expect(score).toBeCloseTo(wanted[k]!, 5));
  }
}

describe('glimpse publish of a SavedModel', () => {
  it('reads its signature, records what TensorFlow in Python answers as golden samples, and takes its variables along', async () => {
    const env = { GLIMPSE_REPOSITORY: join(root, 'models'), GLIMPSE_DATA_DIR: join(root, 'data') };
    const args = [saved, '--model', 'saved', '--classes', 'a,b,c', ...images];
    const { code, stdout, stderr } = await runCommand(command, args, env);
    expect(stderr).not.toContain('tensorflow/');
    expect(stderr).toContain('with TensorFlow, which takes 400 MB and more');
    expect(stdout).toContain('Published saved version 1');
    expect(code).toBe(0);
    const repository = createRepository({
      store: createDiskStore({ root: join(root, 'models') }),
      cacheDir: join(root, 'cache'),
      maxArtifactBytes: 1e9,
    });
    const manifest = await repository.manifest('saved', 1);
    expect(manifest).toMatchObject({
      runtime: 'tensorflow',
      entry: 'saved_model.pb',
      signature: {
        input: { name: 'image', dtype: 'float32', layout: 'NHWC', shape: [8, 8, 1] },
        output: { name: 'probabilities', kind: 'probabilities' },
      },
    });
    const paths = manifest.files
      .map(({ path }) => path)
      .filter((path) => !path.startsWith('golden/'));
    expect(paths.toSorted()).toEqual([
      'fingerprint.pb',
      'saved_model.pb',
      'variables/variables.data-00000-of-00001',
      'variables/variables.index',
    ]);
    expectAnswers(manifest.golden);
  });

  it('hands levels over as they are to one that takes uint8', async () => {
    const env = { GLIMPSE_REPOSITORY: join(root, 'levels'), GLIMPSE_DATA_DIR: join(root, 'data') };
    const args = [join(saved, 'of-levels'), '--model', 'levels', '--classes', 'a,b,c', ...images];
    const { code, stderr } = await runCommand(command, args, env);
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('of uint8') });
    const repository = createRepository({
      store: createDiskStore({ root: join(root, 'levels') }),
      cacheDir: join(root, 'cache'),
      maxArtifactBytes: 1e9,
    });
    const manifest = await repository.manifest('levels', 1);
    expect(manifest.signature.input).toMatchObject({ dtype: 'uint8', shape: [8, 8, 1] });
    expectAnswers(manifest.golden);
  });
});
