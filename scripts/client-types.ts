/**
 * `npm run client-types`: writes the types of the client from openapi.yaml, by openapi-typescript. That one needs the
 * compiler of TypeScript 5, and so is fetched into a folder of its own. `-- --check` only says whether they are as
 * they would be written.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { npmPackages } from './foreign/tools.ts';
import { run } from './foreign/run.ts';

const root = join(import.meta.dirname, '..');
const file = join(root, 'src', 'client', 'contract', 'shapes.ts');
const tools = await npmPackages('openapi-typescript@7.13.0', 'typescript@5.9.3');
const program = join(tools, 'node_modules', '.bin', 'openapi-typescript');
const told = await run(program, [join(root, 'openapi.yaml')]);
const types = `// Written by npm run client-types.\n${told.slice(told.indexOf('/**'))}`;
if (!process.argv.includes('--check')) await writeFile(file, types);
else if ((await readFile(file, 'utf8')) !== types) {
  console.error(
    'src/client/contract/shapes.ts is not what openapi.yaml says: npm run client-types',
  );
  process.exitCode = 1;
}
