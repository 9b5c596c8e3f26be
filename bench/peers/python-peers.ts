import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pythonEnvironment, type PythonEnvironment } from '../../scripts/foreign/tools.ts';
import { run } from '../../scripts/foreign/run.ts';
import { takesPhotos } from './node-peers.ts';
import type { Command, Home, Peer } from './peer.ts';

const here = import.meta.dirname;

interface PythonPeer {
  readonly name: string;
  /** What of its requirements is worth telling; the rest is what these need. */
  readonly told: readonly string[];
  readonly environment?: Omit<PythonEnvironment, 'name' | 'requirements'>;
  /** What it is started with; unless given, `serve.py` in its folder, with the model and the port. */
  start?(home: Home, bin: string): Promise<Command>;
}

/** A peer in Python: an environment of what `requirements.txt` in its folder names, made on the first call. */
function python(given: PythonPeer): Pick<Peer, 'name' | 'label' | 'install' | 'command'> {
  const { name, told, environment } = given;
  const folder = join(here, name);
  const requirements = join(folder, 'requirements.txt');
  const made = (): Promise<string> => pythonEnvironment({ ...environment, name, requirements });
  return {
    name,
    label: '"label": ?"(%d)"',
    async install() {
      const version = await run(join(await made(), 'bin', 'python'), ['--version']);
      const lines = (await readFile(requirements, 'utf8')).split('\n');
      const named = lines.filter((line) => told.includes(line.split('==')[0]!));
      return [version.trim(), ...named.map((line) => line.replace('==', ' '))].join(', ');
    },
    async command(home) {
      const bin = join(await made(), 'bin');
      const { env, ...command } = given.start
        ? await given.start(home, bin)
        : {
            program: join(bin, 'python'),
            args: [join(folder, 'serve.py'), home.model, String(home.port)],
          };
      return { ...command, env: { PYTHONPATH: join(here, 'python'), ...env } };
    },
  };
}

export const fastapi: Peer = {
  title: 'FastAPI',
  paths: { image: '/image', files: '/files', json: '/json' },
  takes: takesPhotos,
  ...python({
    name: 'fastapi',
    told: ['fastapi', 'uvicorn', 'uvloop', 'httptools', 'pillow', 'onnxruntime'],
  }),
};

export const litserve: Peer = {
  title: 'LitServe',
  paths: { files: '/predict', json: '/predict' },
  ...python({ name: 'litserve', told: ['litserve', 'uvicorn', 'pillow', 'onnxruntime'] }),
};

export const mlserver: Peer = {
  title: 'MLServer',
  paths: {
    image: '/image',
    files: '/files',
    json: '/json',
    oip: '/v2/models/digits/infer',
    'oip-binary': '/v2/models/digits/infer',
  },
  ...python({ name: 'mlserver', told: ['mlserver', 'uvicorn', 'pillow', 'onnxruntime'] }),
};

export const bentoml: Peer = {
  title: 'BentoML',
  paths: { image: '/image', files: '/files', json: '/json' },
  ...python({
    name: 'bentoml',
    told: ['bentoml', 'uvicorn', 'pillow', 'onnxruntime'],
    start: async ({ model, folder, port }, bin) => ({
      program: join(bin, 'python'),
      args: ['-m', 'bentoml', 'serve', 'service:Served', '--port', String(port), ...loopback],
      cwd: join(here, 'bentoml'),
      env: { MODEL: model, BENTOML_HOME: folder, BENTOML_DO_NOT_TRACK: '1' },
    }),
  }),
};
const loopback = ['--host', '127.0.0.1'];

/** Debian's Python has Debian's PyTorch, which TorchServe imports; PyPI's comes with gigabytes of CUDA. */
export const torchserve: Peer = {
  title: 'TorchServe',
  paths: { image: '/predictions/digits', json: '/predictions/digits' },
  ...python({
    name: 'torchserve',
    told: ['torchserve', 'pillow', 'onnxruntime'],
    environment: {
      python: '/usr/bin/python3',
      seesSystem: true,
      needs: {
        module: 'torch',
        from: "Debian's python3-torch, and default-jre-headless for its Java",
      },
    },
    start: startTorchServe,
  }),
};

async function startTorchServe({ model, folder, port }: Home, bin: string): Promise<Command> {
  const store = join(folder, 'store');
  await mkdir(join(store, 'digits', 'MAR-INF'), { recursive: true });
  await cp(join(here, 'torchserve', 'handler.py'), join(store, 'digits', 'handler.py'));
  const about = { modelName: 'digits', handler: 'handler.py:handle', modelVersion: '1.0' };
  await writeFile(
    join(store, 'digits', 'MAR-INF', 'MANIFEST.json'),
    JSON.stringify({ runtime: 'python', archiverVersion: '0.12.0', model: about }),
  );
  const batching = { batchSize: 8, maxBatchDelay: 1, responseTimeout: 30 };
  const workers = { defaultVersion: true, marName: 'digits', minWorkers: 1, maxWorkers: 1 };
  const address = (offset: number): string => `http://127.0.0.1:${port + offset}`;
  const config = join(folder, 'config.properties');
  await writeFile(
    config,
    [
      `inference_address=${address(0)}`,
      `management_address=${address(1)}`,
      `metrics_address=${address(2)}`,
      `grpc_inference_address=127.0.0.1\ngrpc_inference_port=${port + 3}`,
      `grpc_management_address=127.0.0.1\ngrpc_management_port=${port + 4}`,
      `model_store=${store}\nload_models=digits`,
      `models=${JSON.stringify({ digits: { '1.0': { ...workers, ...batching } } })}`,
      'disable_token_authorization=true\ndisable_system_metrics=true\njob_queue_size=1000',
    ].join('\n'),
  );
  const logging = ['--log-config', join(here, 'torchserve', 'log4j2.xml')];
  return {
    program: join(bin, 'torchserve'),
    args: ['--foreground', '--start', '--ncs', '--ts-config', config, ...logging],
    env: {
      MODEL: model,
      PATH: `${bin}:${process.env['PATH']}`,
      // It keeps its process number there, and starts no second one beside it.
      TMPDIR: folder,
      LOG_LOCATION: folder,
      METRICS_LOCATION: folder,
    },
  };
}

/** The Python backend of the wheel carries a Python of its own, which works with Debian's library and not with every other. */
export const triton: Peer = {
  title: 'Triton (PyTriton)',
  paths: { oip: '/v2/models/digits/infer', 'oip-binary': '/v2/models/digits/infer' },
  ...python({
    name: 'triton',
    told: ['nvidia-pytriton', 'onnxruntime'],
    environment: { python: '/usr/bin/python3' },
    start: async ({ model, folder, port }, bin) => ({
      program: join(bin, 'python'),
      args: [join(here, 'triton', 'serve.py'), model, String(port)],
      env: { PYTRITON_HOME: folder },
    }),
  }),
};
