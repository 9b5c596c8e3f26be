import { copyFile, mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { command as adopt } from '../../src/cli/adopt.ts';
import { openRepository } from '../../src/compose/open.ts';
import { readConfig } from '../../src/config.ts';
import { modelProto } from '../../src/neural/onnx-schema.ts';
import { graphOf } from '../support/foreign-onnx.ts';
import { runCommand } from '../support/run-command.ts';
import { temporaryFolder, writeInto } from '../support/temporary-folder.ts';
import {
  brightnessFrozen,
  brightnessTfjs,
  levelsOf,
  ofLevel,
} from '../support/tensorflow-graph.ts';

const top = join(import.meta.dirname, '../..');
const digits = Array.from({ length: 10 }, (_, digit) => String(digit));

interface Named {
  name: string;
}
interface Message {
  readonly graph: {
    readonly node: { input: string[]; output: string[] }[];
    readonly input: Named[];
    readonly output: Named[];
    readonly initializer: Named[];
  };
}

const decoded = (bytes: Uint8Array) =>
  modelProto.toObject(modelProto.decode(bytes)) as unknown as Message;

/** Two graphs count their names from 1 on: one of them gets names of its own. */
const own = (name: string): string => `before/${name}`;

/** The shipped net behind a graph that takes levels of 0 to 255, channels last. */
async function takingLevels(): Promise<Uint8Array> {
  const net = decoded(await readFile(join(top, 'models/digits/1/model.onnx')));
  const { graph: before } = decoded(
    graphOf([28, 28, 1], (graph, image) => {
      const shape = [-1, 1, 28, 28];
      const planes = graph.node('Reshape', [image, graph.integers(shape)], shape);
      const white = graph.constant(Float32Array.of(255), [1]);
      return { shares: graph.node('Div', [planes, white], shape) };
    }),
  );
  for (const node of before.node) {
    node.input = node.input.map(own);
    node.output = node.output.map(own);
  }
  for (const named of [...before.initializer, ...before.input]) named.name = own(named.name);
  const [taken] = net.graph.input;
  for (const node of net.graph.node) {
    node.input = (node.input ?? []).map((name) =>
      name === taken!.name ? own(before.output[0]!.name) : name,
    );
  }
  net.graph.node.unshift(...before.node);
  net.graph.initializer.push(...before.initializer);
  net.graph.input.splice(0, 1, before.input[0]!);
  return modelProto.encode(modelProto.fromObject(net)).finish();
}

let root: string;
let model: string;
let examples: string;

beforeAll(async () => {
  root = await temporaryFolder();
  model = await writeInto(root, 'levels.onnx', await takingLevels());
  examples = join(root, 'examples');
  for (const digit of digits) {
    await mkdir(join(examples, digit), { recursive: true });
    const image = join(top, `samples/golden/${digit}.png`);
    await copyFile(image, join(examples, digit, `sample${digit}.png`));
  }
});

const env = () => ({ GLIMPSE_REPOSITORY: join(root, 'models'), GLIMPSE_DATA_DIR: root });
const run = (classes: readonly string[], ...more: string[]) =>
  runCommand(
    adopt,
    [model, '--model', 'net', '--examples', examples, '--classes', classes.join(','), ...more],
    env(),
  );

describe('glimpse adopt', () => {
  it('finds the scaling by which labelled images are right, proves it, and publishes with it', async () => {
    const { code, stdout, stderr } = await run(digits);
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('golden sample') });
    expect(stdout).toMatch(/^right +log-likelihood +contract\n10\/10 +-0\.\d+ .*; grey 1, mean 0,/);
    const repository = openRepository(readConfig(env()));
    const manifest = await repository.manifest('net', 1);
    await repository.close();
    expect(manifest.signature.input).toMatchObject({ layout: 'NHWC', shape: [28, 28, 1] });
    expect(manifest.preprocessing).toMatchObject({ scale: 1, mean: [0], std: [1] });
    expect(manifest.golden.map(({ label }) => label)).toEqual(digits);
  });

  it('publishes nothing when the classes are in another order, or other ones', async () => {
    const turned = await run(digits.toReversed());
    expect(turned.code).toBe(1);
    expect(turned.stderr).toContain('GLIMPSE_EXAMPLES_MISMATCH');
    const other = await run(digits.map((digit) => `n${digit}`));
    expect(other.code).toBe(1);
    expect(other.stderr).toContain('the model has no class called 0, 1, 2, 3, 4;');
    expect(await readdir(join(root, 'models', 'net')).catch(() => [])).not.toContain('2');
  });
});

describe('glimpse adopt of a graph of TensorFlow', () => {
  let home: string;
  beforeAll(async () => {
    home = await temporaryFolder();
    for (const [label, levels] of Object.entries(levelsOf)) {
      await mkdir(join(home, 'examples', label), { recursive: true });
      for (const level of levels) {
        await writeInto(join(home, 'examples', label), `${level}.png`, await ofLevel(level));
      }
    }
    const { json, shard } = brightnessTfjs();
    await writeInto(home, 'group1-shard1of1.bin', shard);
    await writeInto(home, 'model.json', json);
    await writeInto(home, 'frozen.pb', brightnessFrozen(true));
  });

  it.each([
    ['a frozen graph whose shape is said', ['frozen.pb', '--shape', '4,4,1']],
    ['a graph model of TensorFlow.js', ['model.json']],
  ])(
    'finds the scaling of %s',
    async (_what, [file = '', ...said]) => {
      const words = [join(home, file), '--model', 'net', '--examples', join(home, 'examples')];
      const named = [...words, ...said, '--classes', 'dark,bright'];
      const env = { GLIMPSE_REPOSITORY: join(home, `of-${file}`), GLIMPSE_DATA_DIR: home };
      const { code, stdout, stderr } = await runCommand(adopt, named, env);
      expect({ code, stderr }).toEqual({
        code: 0,
        stderr: expect.stringContaining('golden sample'),
      });
      expect(stdout).toMatch(/^right +log-likelihood +contract\n4\/4 /);
      const repository = openRepository(readConfig(env));
      const manifest = await repository.manifest('net', 1);
      await repository.close();
      expect(manifest).toMatchObject({
        signature: { input: { layout: 'NCHW', shape: [1, 4, 4] } },
        preprocessing: { scale: expect.closeTo(1 / 255, 6), mean: [0], std: [1] },
      });
    },
    120_000,
  );
});
