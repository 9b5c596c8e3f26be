import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ConfigSchema } from '../../src/config/config-schema.ts';
import { readConfig } from '../../src/config.ts';
import { assignments, execForm, last, readDockerfile, type Stage } from './read-dockerfile.ts';

const root = join(import.meta.dirname, '..', '..');
const text = readFileSync(join(root, 'Dockerfile'), 'utf8');
const { head, stages } = readDockerfile(text);
const build = stages[0]!;
const image = stages.find(({ name }) => name === 'glimpse')!;
const tensorflowBuild = stages.find(({ name }) => name === 'tensorflow-build')!;
const tensorflow = stages.find(({ name }) => name === 'tensorflow')!;

const runs = (stage: Stage): string[] =>
  stage.instructions.filter(({ word }) => word === 'RUN').map(({ rest }) => rest);
const copies = (stage: Stage) => stage.instructions.filter(({ word }) => word === 'COPY');
const instructionsOf = (name: string) => stages.find((stage) => stage.name === name)!.instructions;
const environment = Object.assign(
  {},
  ...image.instructions.filter(({ word }) => word === 'ENV').map(({ rest }) => assignments(rest)),
) as Record<string, string>;

describe('the Dockerfile', () => {
  it('builds in NODE_IMAGE, by default the Node 24 LTS image on glibc, and runs on the Debian below it', () => {
    expect(head).toEqual([
      { word: 'ARG', flags: {}, rest: 'NODE_IMAGE=node:24-bookworm-slim' },
      { word: 'ARG', flags: {}, rest: 'RUNTIME_IMAGE=debian:bookworm-slim' },
    ]);
    const bases = [
      '${NODE_IMAGE}',
      '${NODE_IMAGE}',
      '${RUNTIME_IMAGE}',
      ...Array(4).fill('glimpse'),
    ];
    expect(stages.map(({ base }) => base)).toEqual(bases);
  });

  it('is without TensorFlow unless the target tensorflow is asked for, which adds it and nothing else', () => {
    expect(stages.at(-1)).toMatchObject({ base: 'glimpse', name: undefined, instructions: [] });
    expect(copies(image).map(({ flags }) => flags['from'])).not.toContain('tensorflow-build');
    expect(tensorflow.instructions.map(({ word, flags, rest }) => [word, flags, rest])).toEqual(
      ['/opt/tensorflow', '/app/node_modules/@tensorflow'].map((path) => [
        'COPY',
        { from: 'tensorflow-build' },
        `${path} ${path}`,
      ]),
    );
    expect(runs(tensorflowBuild).join('\n')).toContain(
      'bash scripts/install-tensorflow.sh /opt/tensorflow',
    );
  });

  it('is started by SageMaker and by Lambda as these start containers, with the same files in it', () => {
    const words = (name: string) => [...new Set(instructionsOf(name).map(({ word }) => word))];
    expect(words('sagemaker')).toEqual(['LABEL', 'ENV', 'USER']);
    expect(words('lambda')).toEqual(['ENV', 'ENTRYPOINT', 'CMD']);
    expect(instructionsOf('lambda').find(({ word }) => word === 'ENTRYPOINT')!.rest).toBe(
      '["node", "dist/lambda.js"]',
    );
  });

  it('names no image by a tag that moves', () => {
    expect(text).not.toMatch(/:latest\b/);
  });

  it('installs exactly the lock file, with the install scripts off, before it copies the sources', () => {
    const order = build.instructions.map(({ word, rest }) => `${word} ${rest}`);
    const lock = order.findIndex((line) => /^COPY .*package-lock\.json .*\.npmrc/.test(line));
    const install = order.indexOf('RUN npm ci');
    const sources = order.findIndex((line) => line.startsWith('COPY src'));
    expect(lock).toBeGreaterThan(-1);
    expect(install).toBeGreaterThan(lock);
    expect(sources).toBeGreaterThan(install);
    expect(readFileSync(join(root, '.npmrc'), 'utf8')).toMatch(/^ignore-scripts=true$/m);
  });

  it('leaves development packages and other platforms’ binaries behind', () => {
    expect(runs(build).join('\n')).toContain('npm prune --omit=dev');
    expect(runs(build)).toContain('node scripts/image/keep-runtime.mjs /app');
    expect(runs(build).join('\n')).not.toMatch(/cuda|tensorrt/i);
  });

  it('runs no package manager in the image itself', () => {
    expect(runs(image).join('\n')).not.toMatch(/\b(apt-get|apt|npm|npx|curl|wget)\b/);
  });

  it('copies only what the program needs from the build', () => {
    const fromBuild = copies(image).filter(({ flags }) => flags['from'] === build.name);
    expect(fromBuild.map(({ rest }) => rest.split(' ')[0])).toEqual([
      '/usr/local/lib/node',
      '/usr/local/lib/libjemalloc.so',
      '/app/package.json',
      '/app/node_modules',
      '/app/dist',
      '/models',
    ]);
  });

  it('runs as an ordinary user, named by number, that owns nothing of the program', () => {
    expect(last(image, 'USER')!.rest).toBe('1000:1000');
    const owned = copies(image).filter(({ flags }) => flags['chown'] !== undefined);
    expect(owned.map(({ rest }) => rest)).toEqual(['/models /models']);
  });

  it('takes the models from MODELS, by default our own, and lets the doctor look at their labels', () => {
    const order = build.instructions.map(({ word, rest }) => `${word} ${rest}`);
    const from = order.indexOf('ARG MODELS=models');
    expect(order.slice(from, from + 3)).toEqual([
      'ARG MODELS=models',
      'COPY ${MODELS} /models',
      'RUN node dist/cli.js doctor /models',
    ]);
  });

  it('is started in the exec form, so that signals reach Node and `serve` can be replaced', () => {
    expect(execForm(last(image, 'ENTRYPOINT')!.rest)).toEqual(['node', 'dist/cli.js']);
    expect(execForm(last(image, 'CMD')!.rest)).toEqual(['serve']);
    expect(last(image, 'STOPSIGNAL')!.rest).toBe('SIGTERM');
  });

  it('checks its health by a script of its own, within the time the check allows', () => {
    const check = last(image, 'HEALTHCHECK')!;
    expect(execForm(check.rest.replace(/^CMD /, ''))).toEqual(['node', 'dist/healthcheck.js']);
    expect(check.flags).toMatchObject({ timeout: '5s', retries: '3', 'start-period': '60s' });
  });

  it('exposes the port the server listens on by default', () => {
    expect(last(image, 'EXPOSE')!.rest).toBe(String(readConfig({}).GLIMPSE_PORT));
  });

  it('sets only knobs that exist, and keeps every writable folder in a volume', () => {
    const knobs = Object.keys(environment).filter((key) => key.startsWith('GLIMPSE_'));
    expect(knobs.filter((key) => !(key in ConfigSchema.properties))).toEqual([]);
    const volumes = execForm(last(image, 'VOLUME')!.rest);
    const { GLIMPSE_REPOSITORY: models, GLIMPSE_DATA_DIR: data } = environment;
    expect(volumes).toEqual([models, data, '/tmp']);
  });

  it('preloads jemalloc from a path without the architecture in it', () => {
    expect(environment['LD_PRELOAD']).toBe('/usr/local/lib/libjemalloc.so');
    expect(environment['NODE_ENV']).toBe('production');
    expect(Number(environment['UV_THREADPOOL_SIZE'])).toBeGreaterThanOrEqual(4);
  });

  it('says what it is in OCI labels that agree with package.json', () => {
    const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<
      string,
      string
    >;
    const labels = assignments(last(image, 'LABEL')!.rest);
    expect(labels['org.opencontainers.image.description']).toBe(manifest['description']);
    expect(labels['org.opencontainers.image.licenses']).toBe(manifest['license']);
  });
});

describe('.dockerignore', () => {
  const lines = readFileSync(join(root, '.dockerignore'), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));

  it('lets in only what the Dockerfile copies', () => {
    const fromContext = [build, tensorflowBuild, image]
      .flatMap(copies)
      .filter(({ flags }) => flags['from'] === undefined)
      .flatMap(({ rest }) => rest.split(' ').slice(0, -1))
      .filter((path, place, all) => all.indexOf(path) === place);
    expect(lines[0]).toBe('*');
    const letIn = lines.slice(1).map((line) => line.replace(/^!/, ''));
    const models = letIn.filter((path) => path.startsWith('models'));
    expect([...letIn.filter((path) => !models.includes(path)), '${MODELS}'].sort()).toEqual(
      fromContext.sort(),
    );
  });

  it('lets in of the models what git has, and no version that was made here', () => {
    const models = lines.filter((line) => line.startsWith('!models'));
    expect(models).toEqual([
      '!models/digits/1',
      '!models/digits/2',
      '!models/digits/labels.json',
      '!models-*',
    ]);
  });
});

describe('readDockerfile', () => {
  it('refuses a word that is no instruction', () => {
    expect(() => readDockerfile('FROM a\nHEALTCHECK CMD ["x"]')).toThrow('not an instruction');
  });

  it('tells the exec form from the shell form', () => {
    expect(execForm('["a", "b"]')).toEqual(['a', 'b']);
    expect(execForm('a b')).toBeUndefined();
  });
});
