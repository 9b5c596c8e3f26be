import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const src = join(import.meta.dirname, '..', 'src');

/** The staircase: what each room may import besides itself. `floor0` is the file rooms at the bottom. */
const floor0 = ['errors', 'signature', 'tensor', 'random', 'entry', 'json', 'schema'];
const floor1 = ['repository', 'runtime', 'batching', 'image', 'neural', 'metrics'];
const staircase: Record<string, string[]> = {
  http: ['serving', 'jobs', 'registry', 'training', 'datasets', 'metrics', ...floor0],
  serving: ['registry', 'image', ...floor0],
  jobs: ['training', 'datasets', 'repository', ...floor0],
  registry: ['repository', 'runtime', 'batching', ...floor0],
  training: ['datasets', 'repository', 'image', 'runtime', 'neural', ...floor0],
  datasets: ['repository', 'image', ...floor0],
  ...Object.fromEntries(floor1.map((room) => [room, floor0])),
  ...Object.fromEntries(floor0.map((room) => [room, floor0])),
  config: ['config-schema'],
  'config-schema': [],
};
/** Floor 6 may import anything: it is where the house is put together. */
const topFloor = ['main', 'cli', 'compose', 'package', 'trainer-process', 'healthcheck'];

/** One room (or file) for each heavy dependency. */
const homes: Record<string, (file: string) => boolean> = {
  fastify: (file) => file.startsWith('http/'),
  '@fastify/': (file) => file.startsWith('http/') || file === 'errors.ts',
  sharp: (file) => file.startsWith('image/'),
  '@aws-sdk/': (file) => file.startsWith('repository/stores/s3/'),
  '@smithy/': (file) => file.startsWith('repository/stores/s3/'),
  'onnxruntime-node': (file) => file.startsWith('runtime/'),
  '@tensorflow/': (file) => file.startsWith('runtime/'),
  'prom-client': (file) => file.startsWith('metrics/'),
  protobufjs: (file) => file.startsWith('neural/'),
};

interface Import {
  readonly from: string;
  readonly to: string;
}

const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => file.endsWith('.ts'));

const roomOf = (file: string): string => file.split('/')[0]!.replace(/\.ts$/, '');

function importsOf(file: string, text = readFileSync(join(src, file), 'utf8')): Import[] {
  const specifiers = text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g);
  return [...specifiers].map(([, specifier]) => ({
    from: file,
    to: specifier!.startsWith('.')
      ? relative(src, join(src, file, '..', specifier!)).replaceAll('\\', '/')
      : specifier!,
  }));
}

const isOurs = ({ to }: Import): boolean => to.endsWith('.ts');

/** Why an import breaks the house's rules, or undefined. */
function offence(edge: Import): string | undefined {
  const [here, there] = [roomOf(edge.from), roomOf(edge.to)];
  if (isOurs(edge)) {
    if (here === there || topFloor.includes(here)) return undefined;
    return staircase[here]?.includes(there) ? undefined : `${edge.from} climbs up to ${edge.to}`;
  }
  const home = Object.entries(homes).find(
    ([name]) => edge.to === name || (edge.to.startsWith(name) && name.endsWith('/')),
  );
  return home && !home[1](edge.from) ? `${edge.from} takes ${edge.to} out of its room` : undefined;
}

describe('the house', () => {
  it('has only rooms that the staircase knows', () => {
    const rooms = new Set(files.map(roomOf));
    const known = new Set([...Object.keys(staircase), ...topFloor]);
    expect([...rooms].filter((room) => !known.has(room))).toEqual([]);
  });

  it('imports downwards only, and keeps each heavy dependency in one room', () => {
    expect(
      files
        .flatMap((file) => importsOf(file))
        .map(offence)
        .filter(Boolean),
    ).toEqual([]);
  });

  it('catches a planted upward import and a stray dependency', () => {
    const planted = importsOf(
      'batching/x.ts',
      "import { a } from '../http/app.ts';\nimport s from 'sharp';",
    );
    expect(planted.map(offence)).toEqual([
      'batching/x.ts climbs up to http/app.ts',
      'batching/x.ts takes sharp out of its room',
    ]);
  });

  it('reads process.env in config.ts only', () => {
    const readers = files.filter((file) =>
      readFileSync(join(src, file), 'utf8').includes('process.env'),
    );
    expect(readers).toEqual(['config.ts']);
  });

  it('has no room or file called utils, helpers, common, types or index', () => {
    expect(
      files.filter((file) => /(^|\/)(utils?|helpers?|common|types|index)(\/|\.ts$)/.test(file)),
    ).toEqual([]);
  });
});
