/**
 * `npm run test:package`: packs the package, installs it into empty projects as strangers would, with nothing but the registry and with install scripts
 * allowed to run, and uses it there: as a library, as a plugin of Fastify beside other plugins, as a client, by npx, and from TypeScript. Then attw and publint look
 * at what was packed, and typedoc writes its documentation without a warning.
 */
import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { npmPackages } from './foreign/tools.ts';
import { run } from './foreign/run.ts';

const root = join(import.meta.dirname, '..');
const programs = join(import.meta.dirname, 'package');

const home = await mkdtemp(join(tmpdir(), 'glimpse-package-'));
try {
  console.log('packing ...');
  const packed = await run(process.execPath, ['--import', 'tsx', join('scripts', 'pack.ts')], {
    cwd: root,
  });
  const tarball = packed.trim().split('\n').at(-1) ?? '';
  const project = join(home, 'project');
  await mkdir(project);
  await writeFile(
    join(project, 'package.json'),
    '{ "name": "stranger", "private": true, "type": "module" }\n',
  );
  const more = ['fastify@5.12.8', '@fastify/multipart@10.1.9'];
  await run(
    'npm',
    ['install', '--no-audit', '--no-fund', '--ignore-scripts=false', tarball, ...more],
    { cwd: project },
  );
  console.log('installed, with nothing but the registry');
  await cp(programs, project, { recursive: true });
  await cp(join(root, 'samples', 'golden', '7.png'), join(project, '7.png'));
  for (const program of (await readdir(programs)).filter((name) => name.endsWith('.mjs'))) {
    console.log(`${program}: ${(await run(process.execPath, [program], { cwd: project })).trim()}`);
  }
  console.log(
    `npx glimpse models: ${(await run('npx', ['glimpse', 'models', '--json'], { cwd: project })).trim()}`,
  );
  await checkTypes(project);
  await checkPackage(tarball);
  await documentApi(project);
} finally {
  await rm(home, { recursive: true, force: true });
}

/** A program in TypeScript, by the compilers of today and of before, strictly and with the declarations of libraries checked. */
async function checkTypes(project: string): Promise<void> {
  for (const version of ['5.9.3', '7.0.2']) {
    const tools = await npmPackages(`typescript@${version}`, '@types/node@22.20.5');
    const compiler = join(tools, 'node_modules', 'typescript', 'bin', 'tsc');
    const types = ['--typeRoots', join(tools, 'node_modules', '@types'), '--types', 'node'];
    const how = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2022'];
    await run(process.execPath, [compiler, ...how, ...types, 'typed.ts'], { cwd: project });
    console.log(`TypeScript ${version}: no error`);
  }
}

async function checkPackage(tarball: string): Promise<void> {
  const tools = await npmPackages('@arethetypeswrong/cli@0.18.2', 'publint@0.3.15');
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
  const program = join(tools, 'node_modules', '.bin', 'typedoc');
  await run(
    program,
    [...entries, ...how, ...strict, '--excludePrivate', '--readme', 'none', '--hideGenerator'],
    { cwd: project },
  );
  console.log('typedoc: build/api');
}
