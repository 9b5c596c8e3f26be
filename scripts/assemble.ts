/**
 * npm run assemble: compiles assembly/ (AssemblyScript) and writes the module as text into src/image/assembly/assembled.ts, so that
 * nothing has to be compiled or read from a file where Glimpse runs. With --check it writes nothing, and fails where the
 * text that is there is not what comes out.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { main } from 'assemblyscript/asc';
import { digestOfAssembly } from './assembly-digest.ts';

const root = join(import.meta.dirname, '..');
const target = join(root, 'src', 'image', 'assembly', 'assembled.ts');

async function assemble(): Promise<Uint8Array> {
  let code: Uint8Array | undefined;
  let said = '';
  const { error } = await main(
    ['assembly/index.ts', '-O3', '--runtime', 'stub', '--enable', 'simd', '--outFile', 'code.wasm'],
    {
      readFile: (name, base) => readFile(join(root, base, name), 'utf8').catch(() => null),
      writeFile: (_, contents) => {
        if (typeof contents !== 'string') code = contents;
      },
      listFiles: () => null,
      stderr: { write: (words) => void (said += String(words)) },
    },
  );
  if (error || !code) throw new Error(`assembly/ could not be compiled:\n${said}`);
  return code;
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
