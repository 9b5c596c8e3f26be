import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { table } from '../src/cli/table.ts';
import { packageRoot } from '../src/package.ts';
import { kinds, type Ask, type GeneratedClient, type Kind } from './foreign/clients/client.ts';
import { generatorGo } from './foreign/clients/go.ts';
import { generatorPython, openApiPythonClient } from './foreign/clients/python.ts';
import { heyApi, openApiTypescript, typescriptFetch } from './foreign/clients/typescript.ts';
import { writeDocuments, type Documents } from './foreign/documents.ts';
import { MissingTool } from './foreign/run.ts';
import { withServer } from './foreign/server.ts';

/**
 * `npm run test:clients`: has generators of clients generate from openapi.yaml, compiles what they made, and lets it
 * make the four kinds of predict calls to a server of our own. Words behind -- choose clients by their names.
 */
const clients: readonly GeneratedClient[] = [
  typescriptFetch,
  heyApi,
  openApiTypescript,
  generatorPython,
  openApiPythonClient,
  generatorGo,
];

const sample = (digit: string): string => join(packageRoot, 'samples', 'golden', `${digit}.png`);
/** The digits each kind of call is asked about; the answers are the same digits. */
const asked: Record<Kind, readonly string[]> = {
  file: ['7'],
  files: ['7', '0', '3'],
  bytes: ['7'],
  json: ['7', '4'],
};

const said: string[] = [];

async function tryClient(
  client: GeneratedClient,
  folder: string,
  documents: Documents,
  url: string,
) {
  const shown = (cells: readonly string[]): string[] => [client.name, ...cells];
  let ask: Ask;
  try {
    await mkdir(folder);
    ask = await client.build(folder, documents);
  } catch (error) {
    const outcome = error instanceof MissingTool ? 'MISSING' : 'failed';
    said.push(`${client.name}: ${outcome}: ${String(error)}`);
    return shown(kinds.map(() => outcome));
  }
  const cells: string[] = [];
  for (const kind of kinds) cells.push(await tryCall(client.name, ask, url, kind));
  return shown(cells);
}

async function tryCall(name: string, ask: Ask, url: string, kind: Kind): Promise<string> {
  const digits = asked[kind];
  try {
    const answered = await ask(url, kind, digits.map(sample));
    if (answered.join() === digits.join()) return 'ok';
    said.push(`${name}, ${kind}: answered ${answered.join()}, not ${digits.join()}`);
  } catch (error) {
    said.push(`${name}, ${kind}: ${String(error)}`);
  }
  return 'failed';
}

const chosen = process.argv.slice(2);
const folder = await mkdtemp(join(tmpdir(), 'glimpse-clients-'));
const rows: string[][] = [];
try {
  const documents = await writeDocuments(folder);
  await withServer(async (url) => {
    for (const [index, client] of clients.entries()) {
      if (chosen.length > 0 && !chosen.some((word) => client.name.includes(word))) continue;
      console.log(`${client.name} ...`);
      rows.push(await tryClient(client, join(folder, `client-${index}`), documents, url));
    }
  });
} finally {
  await rm(folder, { recursive: true, force: true });
}
if (said.length > 0) console.log(`\n${said.join('\n\n')}`);
console.log(`\n${table(['client', 'one file', 'several files', 'bytes', 'JSON'], rows)}`);
process.exitCode = rows.flat().includes('failed') ? 1 : 0;
