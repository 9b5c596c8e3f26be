/**
 * `npm run test:package`: packs the package and installs it into empty projects as strangers would, with nothing but the registry and with install scripts
 * allowed to run. There docs/library.md is done word for word, and programs use it as a library, as a plugin of Fastify beside other plugins, as a client and from
 * TypeScript; `npx` and `npm create` begin projects with it. attw and publint look at what was packed, and typedoc writes its documentation without a warning.
 */
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../src/package.ts';
import { withPackageRegistry } from './foreign/package-registry.ts';
import { codeBlocks, followShell, startServer, stop, untilAnswered } from './foreign/readme.ts';
import { run } from './foreign/run.ts';
import { freePort } from './foreign/server.ts';
import { npmPackages } from './foreign/tools.ts';

const root = packageRoot;
const programs = join(root, 'scripts', 'package');
const page = join(root, 'docs', 'library.md');

const home = await mkdtemp(join(tmpdir(), 'glimpse-package-'));
/** As npm is where nobody has set it up: install scripts run. What it keeps goes with the folder. */
const npm = {
  npm_config_cache: join(home, 'cache'),
  npm_config_ignore_scripts: 'false',
  npm_config_audit: 'false',
  npm_config_fund: 'false',
  npm_config_update_notifier: 'false',
};
try {
  const [creator, tarball] = await tarballs();
  await checkPackage(tarball);
  const shop = await installAsTold(tarball);
  await usePrograms(shop);
  await runPage(shop);
  await checkTypes(shop);
  await documentApi(shop);
  await beginByNpx(shop);
  await beginByNpm([creator, tarball]);
} finally {
  await rm(home, { recursive: true, force: true });
}

/** Made now; with --packed, those that `npm run pack` has left. */
async function tarballs(): Promise<readonly [string, string]> {
  if (process.argv.includes('--packed'))
    return [join(root, 'create-glimpse-0.1.0.tgz'), join(root, 'glimpse-0.1.0.tgz')];
  console.log('packing ...');
  const pack = ['--import', 'tsx', join('scripts', 'pack.ts')];
  const packed = await run(process.execPath, pack, { cwd: root });
  const [creator = '', tarball = ''] = packed.trim().split('\n').slice(-2);
  return [creator, tarball];
}

/** The first lines of the page, beside a folder that has what they take from a checkout. */
async function installAsTold(tarball: string): Promise<string> {
  const checkout = join(home, 'glimpse');
  await mkdir(join(checkout, 'samples', 'golden'), { recursive: true });
  await cp(tarball, join(checkout, 'glimpse-0.1.0.tgz'));
  const seven = join('samples', 'golden', '7.png');
  await cp(join(root, seven), join(checkout, seven));
  const [install = ''] = await codeBlocks(page, 'sh');
  const made = 'npm ci && npm run pack\n';
  if (!install.startsWith(made)) throw new Error(`docs/library.md does not begin with ${made}`);
  const [said = ''] = await followShell([install.slice(made.length)], {
    folder: checkout,
    env: npm,
  });
  expect(said, /^0\.1\.0$/m, 'npx glimpse --version');
  console.log('installed, with nothing but the registry');
  return join(home, 'shop');
}

async function usePrograms(shop: string): Promise<void> {
  await run('npm', ['install', '@fastify/multipart@10.1.9'], { cwd: shop, env: npm });
  await cp(programs, shop, { recursive: true });
  for (const program of (await readdir(programs)).filter((name) => name.endsWith('.mjs'))) {
    console.log(`${program}: ${(await run(process.execPath, [program], { cwd: shop })).trim()}`);
  }
}

/** Every block of the page, as it stands there but for its ports. */
async function runPage(shop: string): Promise<void> {
  const [predict = '', train = '', plugin = ''] = await codeBlocks(page, 'js');
  const [client = ''] = await codeBlocks(page, 'ts');
  const write = (name: string, code: string): Promise<void> => writeFile(join(shop, name), code);
  await write('predict.js', predict);
  expect(await run('node', ['predict.js'], { cwd: shop }), /^7 0\.9/, 'the library');
  const [, ask = ''] = await codeBlocks(page, 'sh');
  const [asked = ''] = await followShell([ask], { folder: shop });
  expect(asked, /7\.png +7 /, 'npx glimpse predict');
  for (const [name, digits] of Object.entries({ a: [0, 3, 6], b: [1, 4, 7] })) {
    const letters = join(shop, 'data', 'letters', name);
    await mkdir(letters, { recursive: true });
    for (const digit of digits)
      await cp(join(root, 'samples', 'golden', `${digit}.png`), join(letters, `${digit}.png`));
  }
  await write('train.js', train);
  expect(await run('node', ['train.js'], { cwd: shop }), /epoch[^]*\n1 /, 'training');
  const port = await freePort();
  await write('server.js', plugin.replace('3000', String(port)));
  const server = startServer('node server.js', shop, {});
  try {
    const url = `http://localhost:${port}/vision`;
    await untilAnswered(`${url}/livez`, server);
    await write('client.ts', client);
    await write('client.js', client.replace('http://localhost:8080', url));
    expect(await run('node', ['client.js'], { cwd: shop }), /^7$/m, 'the client');
  } finally {
    await stop(server);
  }
  console.log('docs/library.md: every block runs as it stands');
}

function expect(said: string, wanted: RegExp, what: string): void {
  if (!wanted.test(said)) throw new Error(`${what} said:\n${said}`);
}

/** A program in TypeScript, by the compilers of today and of before, strictly and with the declarations of libraries checked. */
async function checkTypes(project: string): Promise<void> {
  for (const version of ['5.9.3', '7.0.2']) {
    const tools = await npmPackages(`typescript@${version}`, '@types/node@22.20.5');
    const compiler = join(tools, 'node_modules', 'typescript', 'bin', 'tsc');
    const types = ['--typeRoots', join(tools, 'node_modules', '@types'), '--types', 'node'];
    const how = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2022'];
    await run(process.execPath, [compiler, ...how, ...types, 'typed.ts', 'client.ts'], {
      cwd: project,
    });
    console.log(`TypeScript ${version}: no error`);
  }
}

async function checkPackage(tarball: string): Promise<void> {
  const tools = await npmPackages('@arethetypeswrong/cli@0.18.5', 'publint@0.3.25');
  const bin = join(tools, 'node_modules', '.bin');
  await run(join(bin, 'attw'), [tarball, '--profile', 'esm-only']);
  console.log('attw: no problem');
  await run(join(bin, 'publint'), [tarball, '--strict']);
  console.log('publint: no problem');
}

/** Into build/api, for people to read; what is not documented or not exported is an error. */
async function documentApi(project: string): Promise<void> {
  const tools = await npmPackages('typedoc@0.28.14', 'typescript@5.9.3', '@types/node@22.20.5');
  const types = join(project, 'node_modules', 'glimpse', 'dist', 'types');
  const entries = ['library/exported', 'library/fastify', 'client/exported'].flatMap((entry) => [
    '--entryPoints',
    join(types, `${entry}.d.ts`),
  ]);
  const config = {
    compilerOptions: { module: 'nodenext', strict: true, skipLibCheck: true, types: [] },
  };
  await writeFile(join(project, 'tsconfig.json'), JSON.stringify({ ...config, include: [types] }));
  const how = [
    '--tsconfig',
    'tsconfig.json',
    '--out',
    join(root, 'build', 'api'),
    '--name',
    'glimpse',
  ];
  const strict = [
    '--treatWarningsAsErrors',
    '--validation.notDocumented',
    '--requiredToBeDocumented',
    'Class',
  ];
  const quiet = ['--excludePrivate', '--readme', 'none', '--hideGenerator'];
  const program = join(tools, 'node_modules', '.bin', 'typedoc');
  await run(
    program,
    // Declarations out of a tarball have no place in a repository to be linked to.
    [...entries, ...how, ...strict, '--disableSources', ...quiet],
    { cwd: project },
  );
  console.log('typedoc: build/api');
}

/** By the tarball alone: the last line of the page, then what the README of the project says, to its end. */
async function beginByNpx(shop: string): Promise<void> {
  const [, , init = ''] = await codeBlocks(page, 'sh');
  await followShell([init], { folder: shop, env: npm });
  await followProject(join(shop, 'my-app'), npm);
  console.log('npx glimpse init: the project does what its README says');
}

/** As it will be when a registry has both packages. */
async function beginByNpm(tarballs: readonly string[]): Promise<void> {
  await withPackageRegistry(tarballs, async (url) => {
    const env = { ...npm, npm_config_registry: url };
    await run('npm', ['create', '--yes', 'glimpse', 'made'], { cwd: home, env });
    const manifest = await readFile(join(home, 'made', 'package.json'), 'utf8');
    expect(manifest, /"glimpse": "0\.1\.0"/, 'npm create');
    await followProject(join(home, 'made'), env);
  });
  console.log('npm create glimpse: the project does what its README says');
}

async function followProject(folder: string, env: Readonly<Record<string, string>>): Promise<void> {
  const port = await freePort();
  const digits = await readdir(join(root, 'samples', 'golden'));
  const photos = await readdir(join(root, 'samples', 'photos'));
  for (const [index, digit] of digits.entries())
    await cp(
      join(root, 'samples', 'golden', digit),
      join(folder, 'photos', 'apple', `${index}.jpg`),
    );
  for (const [index, photo] of photos.entries())
    await cp(
      join(root, 'samples', 'photos', photo),
      join(folder, 'photos', 'pear', `${index}.jpg`),
    );
  const outputs = await followShell(await codeBlocks(join(folder, 'README.md'), 'sh'), {
    folder,
    env: { ...env, PORT: String(port) },
    instead: { 'localhost:3000': `localhost:${port}` },
    url: `http://localhost:${port}/vision/readyz`,
  });
  expect(outputs[1] ?? '', /"label":"7"/, 'the project');
  expect(outputs[3] ?? '', /"model":"fruit"/, 'the model of the project');
}
