import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../run.ts';
import { npmPackages, openApiGenerator } from '../tools.ts';
import { classesOf, type Ask, type GeneratedClient } from './client.ts';

const packages = [
  'typescript@5.9.3',
  '@types/node@22.20.5',
  '@hey-api/openapi-ts@0.92.2',
  'openapi-typescript@7.13.0',
  'openapi-fetch@0.17.0',
];

const parts = ['json', 'form', 'bytes'] as const;

/** openapi-generator's typescript-fetch: a class for every tag, models that are converted. */
export const typescriptFetch: GeneratedClient = {
  name: 'openapi-generator typescript-fetch',
  unable: { nested: 'it sends {} for lists in lists where there is a choice' },
  async build(folder, documents) {
    const jar = await openApiGenerator();
    for (const part of parts) {
      const args = ['-i', documents[part], '-g', 'typescript-fetch', '-o', join(folder, part)];
      await run('java', ['-jar', jar, 'generate', ...args]);
    }
    return compile(
      folder,
      `
import { readFileSync } from 'node:fs';
import * as json from './json/index';
import * as form from './form/index';
import * as bytes from './bytes/index';

const [url = '', kind, ...files] = process.argv.slice(2);
const basePath = url;
const blobs = files.map((file) => new Blob([readFileSync(file)]));

function ask(): Promise<json.PredictAnswer> {
  if (kind === 'base64' || kind === 'pixels' || kind === 'nested') {
    const instances: json.Instance[] = files.map((file) =>
      kind === 'base64' ? { b64: readFileSync(file, 'base64') } : JSON.parse(readFileSync(file, 'utf8')),
    );
    const api = new json.PredictApi(new json.Configuration({ basePath }));
    return api.predict({ instances: { instances } });
  }
  if (kind === 'bytes') {
    return new bytes.PredictApi(new bytes.Configuration({ basePath })).predict({ body: blobs[0]! });
  }
  return new form.PredictApi(new form.Configuration({ basePath })).predict({ image: blobs });
}

ask().then(({ predictions }) => {
  for (const one of predictions) console.log('label' in one ? one.label : 'error' in one ? one.error.code : one.text);
});
`,
    );
  },
};

/** @hey-api/openapi-ts: a function for every call. */
export const heyApi: GeneratedClient = {
  name: '@hey-api/openapi-ts',
  async build(folder, documents) {
    const tools = await npmPackages(...packages);
    const program = join(tools, 'node_modules', '.bin', 'openapi-ts');
    for (const part of parts) {
      await run(program, ['-i', documents[part], '-o', join(folder, part)], { cwd: folder });
    }
    return compile(
      folder,
      `
import { readFileSync } from 'node:fs';
import * as json from './json/index';
import { client as jsonClient } from './json/client.gen';
import * as form from './form/index';
import { client as formClient } from './form/client.gen';
import * as bytes from './bytes/index';
import { client as bytesClient } from './bytes/client.gen';

const [baseUrl = '', kind, ...files] = process.argv.slice(2);
for (const client of [jsonClient, formClient, bytesClient]) client.setConfig({ baseUrl });
const blobs = files.map((file) => new Blob([readFileSync(file)]));

async function ask(): Promise<json.PredictAnswer> {
  const throwOnError = true as const;
  if (kind === 'base64' || kind === 'pixels' || kind === 'nested') {
    const instances: json.Instance[] = files.map((file) =>
      kind === 'base64' ? { b64: readFileSync(file, 'base64') } : JSON.parse(readFileSync(file, 'utf8')),
    );
    return (await json.predict({ body: { instances }, throwOnError })).data;
  }
  if (kind === 'bytes') return (await bytes.predict({ body: blobs[0]!, throwOnError })).data;
  return (await form.predict({ body: { image: blobs }, throwOnError })).data;
}

ask().then(({ predictions }) => {
  for (const one of predictions) console.log('label' in one ? one.label : 'error' in one ? one.error.code : one.text);
});
`,
    );
  },
};

/** openapi-typescript: types of all calls, for openapi-fetch. It knows every content type of a call. */
export const openApiTypescript: GeneratedClient = {
  name: 'openapi-typescript',
  async build(folder, documents) {
    const tools = await npmPackages(...packages);
    const program = join(tools, 'node_modules', '.bin', 'openapi-typescript');
    await run(program, [documents.whole, '-o', join(folder, 'contract.ts')]);
    return compile(
      folder,
      `
import { readFileSync } from 'node:fs';
import createClient from 'openapi-fetch';
import type { components, paths } from './contract';

const [baseUrl = '', kind, ...files] = process.argv.slice(2);
const client = createClient<paths>({ baseUrl });
const blobs = files.map((file) => new Blob([readFileSync(file)]));

function ask() {
  if (kind === 'base64' || kind === 'pixels' || kind === 'nested') {
    const instances: components['schemas']['Instance'][] = files.map((file) =>
      kind === 'base64' ? { b64: readFileSync(file, 'base64') } : JSON.parse(readFileSync(file, 'utf8')),
    );
    return client.POST('/predict', { body: { instances } });
  }
  if (kind === 'bytes') {
    const headers = { 'content-type': 'application/octet-stream' };
    return client.POST('/predict', { body: '', bodySerializer: () => blobs[0]!, headers });
  }
  const form = new FormData();
  for (const blob of blobs) form.append('image', blob);
  return client.POST('/predict', { body: { image: [] }, bodySerializer: () => form });
}

ask().then(({ data, error }) => {
  if (!data) throw new Error(JSON.stringify(error));
  for (const one of data.predictions) console.log('label' in one ? one.label : 'error' in one ? one.error.code : one.text);
});
`,
    );
  },
};

/** Compiles a program beside its generated client, strictly. */
async function compile(folder: string, program: string): Promise<Ask> {
  const tools = await npmPackages(...packages);
  const file = join(folder, 'main.ts');
  const out = join(folder, 'out');
  await mkdir(out, { recursive: true });
  await writeFile(file, program);
  const config = {
    compilerOptions: {
      strict: true,
      target: 'es2022',
      lib: ['es2022', 'dom', 'dom.iterable'],
      module: 'commonjs',
      moduleResolution: 'node10',
      esModuleInterop: true,
      types: ['node'],
      typeRoots: [join(tools, 'node_modules', '@types')],
      baseUrl: folder,
      paths: { '*': [join(tools, 'node_modules', '*')] },
      outDir: out,
    },
    files: [file],
  };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config));
  await run(join(tools, 'node_modules', '.bin', 'tsc'), ['-p', folder]);
  const env = { NODE_PATH: join(tools, 'node_modules') };
  return async (url, kind, files) =>
    classesOf(await run('node', [join(out, 'main.js'), url, kind, ...files], { env }));
}
