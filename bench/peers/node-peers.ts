import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Peer } from './peer.ts';

const root = join(import.meta.dirname, '..', '..');

/** The installed version of a package of ours. */
async function versionOf(name: string): Promise<string> {
  const text = await readFile(join(root, 'node_modules', name, 'package.json'), 'utf8');
  return `${name} ${(JSON.parse(text) as { version: string }).version}`;
}

const versionsOf = async (...names: string[]): Promise<string> =>
  [`Node ${process.version}`, ...(await Promise.all(names.map(versionOf)))].join(', ');

/** Servers that stand in bench/peers and run on what this package has installed. */
const standing = (folder: string): Pick<Peer, 'label' | 'command'> => ({
  label: '"label":"(%d)"',
  command: async ({ model, port }) => ({
    program: process.execPath,
    args: [join(import.meta.dirname, folder, 'serve.mjs'), model, String(port)],
    env: { NODE_ENV: 'production' },
  }),
});

/** Whether somebody who only resizes is shown photos as well, to have it said what that comes to. */
export const takesPhotos = (): boolean => true;

export const fastify: Peer = {
  name: 'fastify',
  title: 'Fastify',
  paths: { image: '/image', files: '/files', json: '/json' },
  takes: takesPhotos,
  install: () => versionsOf('fastify', 'sharp', 'onnxruntime-node'),
  ...standing('fastify'),
};

export const bare: Peer = {
  name: 'bare',
  title: 'node:http',
  paths: { image: '/image', json: '/json', oip: '/oip', 'oip-binary': '/oip-binary' },
  install: () => versionsOf('sharp', 'onnxruntime-node'),
  ...standing('bare'),
};

/** What is compiled from TypeScript as it is loaded; PNG of 28x28 alone. */
export const floor: Peer = {
  name: 'floor',
  title: 'node:http, own decoder',
  paths: { image: '/image' },
  takes: (scene) => scene.startsWith('PNG'),
  install: () => versionsOf('onnxruntime-node', 'tsx'),
  label: '"label":"(%d)"',
  command: async ({ model, port }) => ({
    program: process.execPath,
    args: ['--import', 'tsx', join(import.meta.dirname, 'floor', 'serve.ts'), model, String(port)],
    env: { NODE_ENV: 'production' },
    cwd: root,
  }),
};
