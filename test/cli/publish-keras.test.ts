import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { command } from '../../src/cli/publish.ts';
import { createRepository } from '../../src/repository/model-repository.ts';
import { createDiskStore } from '../../src/repository/stores/disk/disk-store.ts';
import { encodePng } from '../../src/image/encode-png.ts';
import { floats, frozen, node, placeholder, whole } from '../converting/graph-file.ts';
import { runCommand } from '../support/run-command.ts';
import { brightnessFrozen } from '../support/tensorflow-graph.ts';
import { temporaryFolder, writeInto } from '../support/temporary-folder.ts';

const fixtures = join(import.meta.dirname, '..', 'converting', 'fixtures');
const root = await temporaryFolder();
const env = { GLIMPSE_REPOSITORY: root, GLIMPSE_DATA_DIR: join(root, '.data') };
const publish = (...args: string[]) => runCommand(command, args, env);

describe('glimpse publish of a model of Keras', () => {
  it('publishes it as ONNX with golden samples, its levels as the net itself scales them', async () => {
    const pixels = Uint8Array.from({ length: 48 }, (_, at) => (at * 37) % 256);
    const png = await encodePng(pixels, { width: 6, height: 8, channels: 1 });
    const golden = await writeInto(root, 'a.png', png);
    const file = join(fixtures, 'chain.keras');
    const args = ['--model', 'chain', '--classes', 'a,b,c,d,e', '--golden', golden];
    const { code, stderr } = await publish(file, ...args);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stderr).toContain('it takes pixels of 0..255');
    const repository = createRepository({
      store: createDiskStore({ root }),
      cacheDir: join(root, '.cache'),
      maxArtifactBytes: 1e9,
    });
    const { manifest } = await repository.open('chain', 1);
    expect(manifest).toMatchObject({
      runtime: 'onnx',
      signature: {
        input: { name: 'image', layout: 'NCHW', shape: [1, 8, 6] },
        output: { name: 'scores', kind: 'probabilities' },
      },
      preprocessing: { scale: 1, width: 6, height: 8, channels: 1 },
      lineage: { source: 'chain.keras' },
    });
  });

  it('publishes a frozen graph of TensorFlow, of several outputs the one that is asked for', async () => {
    const nodes = [
      placeholder('x', [-1, 4, 4, 1], 'DT_UINT8'),
      node('Cast', ['x'], { DstT: { type: 'DT_FLOAT' } }),
      floats('white', [], [255]),
      node('RealDiv', ['cast', 'white']),
      whole('flat', [-1, 16]),
      node('Reshape', ['realdiv', 'flat']),
      floats(
        'kernel',
        [16, 3],
        Array.from({ length: 48 }, (_, at) => Math.sin(at)),
      ),
      node('MatMul', ['reshape', 'kernel']),
      node('Softmax', ['matmul']),
      node('Tanh', ['matmul']),
    ];
    const file = await writeInto(root, 'frozen.pb', frozen(nodes));
    const args = [file, '--model', 'frozen', '--classes', 'a,b,c'];
    expect((await publish(...args)).stderr).toMatch(/more than one output .*scores:softmax:0/);
    expect(await publish(...args, '--output', 'softmax', '--json')).toMatchObject({ code: 0 });
    const manifest: unknown = JSON.parse(
      await readFile(join(root, 'frozen', '1', 'manifest.json'), 'utf8'),
    );
    expect(manifest).toMatchObject({
      signature: {
        input: { name: 'image', layout: 'NCHW', shape: [1, 4, 4] },
        output: { name: 'scores', kind: 'probabilities' },
      },
      preprocessing: { scale: 1 },
      lineage: { source: 'frozen.pb' },
    });
  });

  it('takes the shape that is said of a frozen graph which leaves it open, as the graph counts its axes', async () => {
    const file = await writeInto(root, 'open.pb', brightnessFrozen(true));
    const args = [file, '--model', 'open', '--classes', 'dark,bright', '--preprocessing', 'plain'];
    expect((await publish(...args)).stderr).toContain('or its whole shape');
    expect((await publish(...args, '--shape', '3,5,7')).stderr).toContain('does not fit');
    const said = ['--shape', 'N,6,5,1', '--layout', 'NHWC', '--dry-run'];
    const { code, stderr } = await publish(...args, ...said);
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: expect.stringContaining('input   image NCHW [N, 1, 6, 5] from images of 5 x 6, grey'),
    });
  }, 60_000);

  it('asks how pixels were scaled where nothing in the model says so', async () => {
    const args = ['--model', 'tutorial', '--classes', 'a,b,c'];
    const { code, stderr } = await publish(join(fixtures, 'tutorial.json'), ...args);
    expect(code).not.toBe(0);
    expect(stderr).toContain('Nothing in the model says how its pixels were scaled');
  });
});
