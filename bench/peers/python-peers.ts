import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pythonPackages } from '../../scripts/foreign/tools.ts';
import { takesPhotos } from './node-peers.ts';
import type { Peer } from './peer.ts';

const folderOf = (name: string): string => join(import.meta.dirname, name);

/** What a peer is pinned to: the lines of its requirements.txt. */
async function requirements(name: string): Promise<string[]> {
  const text = await readFile(join(folderOf(name), 'requirements.txt'), 'utf8');
  return text.split('\n').filter((line) => /^[a-z]/i.test(line));
}

/** The environment of a peer, made on the first call; `serve.py` in its folder is what it is started with. */
const python = (name: string): Pick<Peer, 'install' | 'command'> => ({
  async install() {
    const packages = await requirements(name);
    await pythonPackages(...packages);
    return packages.map((line) => line.replace('==', ' ')).join(', ');
  },
  async command({ model, port }) {
    const home = await pythonPackages(...(await requirements(name)));
    return {
      program: join(home, 'bin', 'python'),
      args: [join(folderOf(name), 'serve.py'), model, String(port)],
    };
  },
});

export const fastapi: Peer = {
  name: 'fastapi',
  title: 'FastAPI',
  paths: { image: '/image', files: '/files', json: '/json' },
  label: '"label":"(%d)"',
  takes: takesPhotos,
  ...python('fastapi'),
};
