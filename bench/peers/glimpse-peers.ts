import { execFile } from 'node:child_process';
import { cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { serverSettings } from '../processes.ts';
import type { Command, Home, Peer } from './peer.ts';

const root = join(import.meta.dirname, '..', '..');
const run = promisify(execFile);

const install = async (): Promise<string> => {
  const text = await readFile(join(root, 'package.json'), 'utf8');
  return `version ${(JSON.parse(text) as { version: string }).version}, Node ${process.version}`;
};

/** Glimpse as it starts by itself, on the models of a folder. */
function command({ folder, port }: Home, settings: Record<string, string>): Command {
  return {
    program: process.execPath,
    args: [join(root, 'dist', 'main.js')],
    env: { ...serverSettings(folder, port), ...settings },
  };
}

/** Publishes the model under this name with the contract that only resizes, as `glimpse publish` does by itself. */
export async function publishPlain(
  { model, folder }: Omit<Home, 'port'>,
  name: string,
): Promise<void> {
  const classes = Array.from({ length: 10 }, (_, label) => label).join(',');
  const [about, to] = [
    ['--model', name],
    ['--classes', classes],
  ];
  await run(process.execPath, [join(root, 'dist', 'cli.js'), 'publish', model, ...about, ...to], {
    env: {
      ...process.env,
      GLIMPSE_REPOSITORY: join(folder, 'models'),
      GLIMPSE_DATA_DIR: join(folder, 'data'),
    },
  });
}

const spoken = {
  paths: {
    image: '/predict',
    files: '/predict',
    json: '/predict',
    oip: '/v2/models/digits/infer',
    'oip-binary': '/v2/models/digits/infer',
  },
  // Each prediction names its best class first, and then the best few again.
  label: '"label":"(%d)","score":[^,]+,"top"',
  install,
};

/** A model from elsewhere with the defaults: it runs in a process of its own. */
export const glimpse: Peer = {
  name: 'glimpse',
  title: 'Glimpse',
  ...spoken,
  async command(home) {
    await publishPlain(home, 'digits');
    return command(home, {});
  },
};

/** The same as a model that the server trained itself, or that an operator trusts: it runs in the server. */
export const glimpseTrusted: Peer = {
  ...glimpse,
  name: 'glimpse-trusted',
  title: 'Glimpse, trusted',
  async command(home) {
    await publishPlain(home, 'digits');
    return command(home, { GLIMPSE_TRUSTED_MODELS: 'digits' });
  },
};

/** The shipped model with its own contract, which looks for ink. */
export const glimpseHandwriting: Peer = {
  name: 'glimpse-handwriting',
  title: 'Glimpse, handwriting',
  ...spoken,
  takes: (scene) => /^photo|, (1|32) connections?$/.test(scene) && !scene.startsWith('JSON, 32'),
  async command(home) {
    await cp(join(root, 'models'), join(home.folder, 'models'), { recursive: true });
    return command(home, {});
  },
};
