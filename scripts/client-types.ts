/**
 * `npm run client-types`: writes the types of the client from openapi.yaml, by openapi-typescript. That one needs the
 * compiler of TypeScript 5, and so is fetched into a folder of its own. `-- --check` only says whether they are as
 * they would be written.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { onlySuccesses } from './client/only-successes.ts';
import { npmPackages } from './foreign/tools.ts';
import { run } from './foreign/run.ts';

const root = join(import.meta.dirname, '..');
const file = join(root, 'src', 'client', 'contract', 'shapes.ts');
const tools = await npmPackages('openapi-typescript@7.13.0', 'typescript@5.9.3');
const program = join(tools, 'node_modules', '.bin', 'openapi-typescript');
const contract = parse(await readFile(join(root, 'openapi.yaml'), 'utf8'));
// Elsewhere than here it finds no rules of ours for whole contracts.
const folder = await mkdtemp(join(tmpdir(), 'glimpse-client-types-'));
try {
  await writeFile(join(folder, 'contract.yaml'), stringify(onlySuccesses(contract)));
  const told = await run(program, ['contract.yaml'], { cwd: folder });
  const types = ['// Written by npm run client-types.', ...wanted(told), ''].join('\n');
  if (!process.argv.includes('--check')) await writeFile(file, types);
  else if ((await readFile(file, 'utf8')) !== types) {
    console.error(
      'src/client/contract/shapes.ts is not what openapi.yaml says: npm run client-types',
    );
    process.exitCode = 1;
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** Shapes and calls: the client finds a call by its operationId, so nothing asks for the table of addresses. */
function wanted(types: string): string[] {
  return types
    .split(/^(?=export )/m)
    .filter((part) => /^export interface (?:components|operations) /.test(part))
    .map((part) => part.trimEnd());
}
