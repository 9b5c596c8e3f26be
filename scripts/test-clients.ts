import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { table } from '../src/cli/table.ts';
import { packageRoot } from '../src/package.ts';
import { chosenBy } from './foreign/chosen.ts';
import { kinds, type Ask, type GeneratedClient, type Kind } from './foreign/clients/client.ts';
import { generatorGo } from './foreign/clients/go.ts';
import { generatorPython, openApiPythonClient } from './foreign/clients/python.ts';
import { heyApi, openApiTypescript, typescriptFetch } from './foreign/clients/typescript.ts';
import { foreignClients, tryForeignClient, writeSamples } from './foreign/dialects/clients.ts';
import { writeDocuments, type Documents } from './foreign/documents.ts';
import { MissingTool } from './foreign/run.ts';
import { freePort, withServer } from './foreign/server.ts';

/**
 * `npm run test:clients`: has generators of clients generate from openapi.yaml, compiles what they made, and lets it
 * make all kinds of predict calls to a server of our own; and points clients of other model servers at it. Words behind --
 * choose clients by their names.
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
  base64: ['7', '4'],
  pixels: ['7', '4'],
  nested: ['3', '9'],
};

const said: string[] = [];

/** Files with the pixels of images: in one list, in rows, and in the three dimensions of the model. */
async function writePixels(folder: string): Promise<Pick<Trial['files'], 'pixels' | 'nested'>> {
  const write = async (digit: string, shape: (values: number[]) => unknown): Promise<string> => {
    const values = await sharp(sample(digit)).extractChannel(0).raw().toBuffer();
    const file = join(folder, `${digit}.json`);
    await writeFile(file, JSON.stringify(shape([...values])));
    return file;
  };
  const [inRows = '', inPlanes = ''] = asked.nested;
  const pixels = asked.pixels.map((digit) => write(digit, (values) => values));
  const nested = [
    write(inRows, (values) => rowsOf(values, sidePixels)),
    write(inPlanes, (values) => [rowsOf(values, sidePixels)]),
  ];
  return { pixels: await Promise.all(pixels), nested: await Promise.all(nested) };
}

const sidePixels = 28;

function rowsOf<Value>(values: readonly Value[], length: number): Value[][] {
  return Array.from({ length: values.length / length }, (_, at) =>
    values.slice(at * length, (at + 1) * length),
  );
}

interface Trial {
  readonly documents: Documents;
  readonly url: string;
  readonly files: Readonly<Record<Kind, readonly string[]>>;
}

async function tryClient(client: GeneratedClient, folder: string, trial: Trial) {
  const shown = (cells: readonly string[]): string[] => [client.name, ...cells];
  let ask: Ask;
  try {
    await mkdir(folder);
    ask = await client.build(folder, trial.documents);
  } catch (error) {
    const outcome = error instanceof MissingTool ? 'MISSING' : 'failed';
    said.push(`${client.name}: ${outcome}: ${String(error)}`);
    return shown(kinds.map(() => outcome));
  }
  const cells: string[] = [];
  for (const kind of kinds) {
    const reason = client.unable?.[kind];
    if (reason !== undefined) said.push(`${client.name}, ${kind}: NOT TRIED: ${reason}`);
    cells.push(reason === undefined ? await tryCall(client.name, ask, trial, kind) : 'cannot');
  }
  return shown(cells);
}

async function tryCall(name: string, ask: Ask, trial: Trial, kind: Kind): Promise<string> {
  const digits = asked[kind];
  try {
    const answered = await ask(trial.url, kind, trial.files[kind]);
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
const foreignRows: string[][] = [];
const tried = new Set(
  chosenBy(chosen, [...clients, ...foreignClients], ({ name }) => name).map(({ name }) => name),
);
const isChosen = (name: string): boolean => tried.has(name);
try {
  const documents = await writeDocuments(folder);
  const files = {
    file: asked.file.map(sample),
    files: asked.files.map(sample),
    bytes: asked.bytes.map(sample),
    base64: asked.base64.map(sample),
    ...(await writePixels(folder)),
  };
  const grpcPort = await freePort();
  const settings = { GLIMPSE_HOST: '127.0.0.1', GLIMPSE_GRPC_PORT: String(grpcPort) };
  await withServer(async (url) => {
    for (const [index, client] of clients.entries()) {
      if (!isChosen(client.name)) continue;
      console.log(`${client.name} ...`);
      rows.push(
        await tryClient(client, join(folder, `client-${index}`), { documents, url, files }),
      );
    }
    const samples = await writeSamples(join(folder, 'samples'));
    for (const [index, client] of foreignClients.entries()) {
      if (!isChosen(client.name)) continue;
      console.log(`${client.name} ...`);
      const place = join(folder, `foreign-${index}`);
      const tried = await tryForeignClient(client, place, {
        url,
        samples,
        grpc: `127.0.0.1:${grpcPort}`,
      });
      foreignRows.push(tried.row);
      said.push(...tried.said);
    }
  }, settings);
} finally {
  await rm(folder, { recursive: true, force: true });
}
if (said.length > 0) console.log(`\n${said.join('\n\n')}`);
console.log(
  `\n${table(['client', 'one file', 'several files', 'bytes', 'base64', 'pixels', 'nested'], rows)}`,
);
console.log(`\n${table(['client of another server', 'version', 'calls', 'outcome'], foreignRows)}`);
process.exitCode = [...rows, ...foreignRows].flat().includes('failed') ? 1 : 0;
