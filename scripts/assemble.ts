/**
 * npm run assemble: compiles assembly/ (AssemblyScript) and writes the module as text into src/image/assembly/assembled.ts, so that
 * nothing has to be compiled or read from a file where Glimpse runs. With --check it writes nothing, and fails where the
 * text that is there is not what comes out.
 */
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digestOfAssembly } from './assembly-digest.ts';

const root = join(import.meta.dirname, '..');
const target = join(root, 'src', 'image', 'assembly', 'assembled.ts');

/** As a program: its types would make those of AssemblyScript's own arrays those of all our sources. */
async function assemble(): Promise<Uint8Array> {
  const folder = await mkdtemp(join(tmpdir(), 'glimpse-assembly-'));
  const made = join(folder, 'code.wasm');
  const compiler = join(root, 'node_modules', 'assemblyscript', 'bin', 'asc.js');
  const options = ['-O3', '--runtime', 'stub', '--enable', 'simd', '--outFile', made];
  try {
    execFileSync(process.execPath, [compiler, 'assembly/index.ts', ...options], { cwd: root });
    return await readFile(made);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const text = `/**
 * The code of assembly/ as \`npm run assemble\` has compiled it, and what it was compiled from; the test of it says when it
 * has to be run again.
 */
export const assembledFrom = '${await digestOfAssembly(root)}';
export const assembledCode =
  '${Buffer.from(await assemble()).toString('base64')}';
`;
if (!process.argv.includes('--check')) await writeFile(target, text);
else if ((await readFile(target, 'utf8')) !== text) {
  console.error(
    'src/image/assembly/assembled.ts is not what assembly/ compiles to: run npm run assemble',
  );
  process.exitCode = 1;
}
