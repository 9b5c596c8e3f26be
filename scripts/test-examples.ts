/**
 * `npm run test:examples`: does what the READMEs of examples/ say, word for word, in a copy of the folder, with a server that is started from this checkout as by
 * `npm start`. `-- curl notebook` for some of them; `-- --packed` takes the tarball that `npm run pack` has left. What a machine does not have is said.
 */
import { copyFile, cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../src/package.ts';
import { check, failuresSoFar } from './examples/check.ts';
import { tryWorkflow } from './examples/workflow.ts';
import { codeBlocks, followShell, stop, startServer, untilAnswered } from './foreign/readme.ts';
import { MissingTool, run } from './foreign/run.ts';
import { freePort } from './foreign/server.ts';

const home = await mkdtemp(join(tmpdir(), 'glimpse-examples-'));
const words = process.argv.slice(2);
/** Those that are a project with the package. */
const needTarball = ['node-service', 'nextjs-upload', 'github-actions'];

const examples: Readonly<Record<string, (folder: string, url: string) => Promise<void>>> = {
  async curl(folder, url) {
    await run('curl', ['--version']);
    const [one = '', story = ''] = await follow(folder, url);
    check('one picture is answered', /"label":"7"/.test(one), one);
    check('two versions are trained', /^versions 1 and 2$/m.test(story), story);
    check('the second one answers when it is promoted', /^version 2 answers$/m.test(story), story);
    check('and the first one after the rollback', /"from":2,"to":1/.test(story), story);
  },
  async 'node-service'(folder, url) {
    const outputs = await follow(folder, url, '/readings');
    check('a digit is a reading', /"digit":7/.test(outputs[2] ?? ''), outputs[2]);
    check('a blank picture is refused', /clearer picture/.test(outputs[3] ?? ''), outputs[3]);
  },
  async 'nextjs-upload'(folder, url) {
    const outputs = await follow(folder, url, '/');
    check('an upload is answered', /"label":"7"/.test(outputs[2] ?? ''), outputs[2]);
  },
  async notebook(folder, url) {
    await run('python3', ['-c', 'import venv']);
    await follow(folder, url);
    const notebook = JSON.parse(await readFile(join(folder, 'glimpse.ipynb'), 'utf8'));
    const said: string = JSON.stringify(notebook.cells.map(({ outputs }: never) => outputs));
    check('the ten digits are read', /0 \(1\.0.*9 \(1\.0/.test(said), said);
    const [, share = '0'] = /(\d\.\d+) of 60 are right/.exec(said) ?? [];
    check('most shapes that nobody learnt from are told', Number(share) > 0.8, said);
  },
  'github-actions': (folder) => tryWorkflow(folder, join(home, 'glimpse-0.1.0.tgz')),
};

/** The shell blocks of the README of an example; `path` is what its own server answers. */
async function follow(folder: string, url: string, path = ''): Promise<string[]> {
  const port = await freePort();
  return followShell(await codeBlocks(join(folder, 'README.md'), 'sh'), {
    folder,
    env: { GLIMPSE_URL: url, PORT: String(port), NEXT_TELEMETRY_DISABLED: '1' },
    instead: { 'http://localhost:3000': `http://127.0.0.1:${port}` },
    url: `http://127.0.0.1:${port}${path}`,
  });
}

async function main(): Promise<void> {
  const asked = words.filter((word) => !word.startsWith('--'));
  const unknown = asked.filter((name) => !Object.hasOwn(examples, name));
  if (unknown.length > 0) throw new Error(`There is no example ${unknown.join(', ')}.`);
  const chosen = asked.length > 0 ? asked : Object.keys(examples);
  await cp(join(packageRoot, 'samples'), join(home, 'samples'), { recursive: true });
  if (chosen.some((name) => needTarball.includes(name))) {
    console.log('packing ...');
    if (!words.includes('--packed')) await run('npm', ['run', 'pack'], { cwd: packageRoot });
    const tarball = 'glimpse-0.1.0.tgz';
    await copyFile(join(packageRoot, tarball), join(home, tarball));
  }
  await withStartedServer(async (url) => {
    for (const name of chosen) {
      console.log(`${name}:`);
      const folder = join(home, 'examples', name);
      await cp(join(packageRoot, 'examples', name), folder, { recursive: true });
      await examples[name]!(folder, url).catch((error: unknown) => {
        if (error instanceof MissingTool) console.log(`NOT RUN: ${error.message}`);
        else check(`${name} does what its README says`, false, String(error));
      });
    }
  });
}

async function withStartedServer(use: (url: string) => Promise<void>): Promise<void> {
  const models = join(home, 'models');
  await mkdir(models);
  await cp(join(packageRoot, 'models', 'digits'), join(models, 'digits'), { recursive: true });
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const server = startServer('node scripts/start.mjs', packageRoot, {
    GLIMPSE_HOST: '127.0.0.1',
    GLIMPSE_PORT: String(port),
    GLIMPSE_REPOSITORY: models,
    GLIMPSE_DATA_DIR: join(home, 'data'),
  });
  try {
    await untilAnswered(`${url}/readyz`, server);
    await use(url);
  } finally {
    await stop(server);
  }
}

try {
  await main();
} finally {
  await rm(home, { recursive: true, force: true });
}
const failures = failuresSoFar();
console.log(`test:examples: ${failures === 0 ? 'all is right' : `${failures} failed`}`);
if (failures > 0) process.exitCode = 1;
