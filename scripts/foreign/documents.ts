import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { packageRoot } from '../../src/package.ts';

export interface Contract {
  readonly paths: Record<string, Record<string, { requestBody?: { content: Bodies } }>>;
}
type Bodies = Record<string, unknown>;

/** Files with the contract: whole, and with one kind of body for every call. */
export interface Documents {
  readonly whole: string;
  readonly json: string;
  readonly form: string;
  readonly bytes: string;
}

/**
 * Writes the documents that clients are generated from. Some generators know one content type for a call, the first
 * (docs/clients.md says which, and how to cut a document for them): they get one document for each.
 */
export async function writeDocuments(folder: string): Promise<Documents> {
  const text = await readFile(join(packageRoot, 'openapi.yaml'), 'utf8');
  const write = async (name: string, content: string): Promise<string> => {
    const file = join(folder, `${name}.yaml`);
    await writeFile(file, content);
    return file;
  };
  const cut = (type: string): string => stringify(withOneBody(parse(text), type));
  return {
    whole: await write('whole', text),
    json: await write('json', cut('application/json')),
    form: await write('form', cut('multipart/form-data')),
    bytes: await write('bytes', cut('application/octet-stream')),
  };
}

/** Every call with this content type alone where it takes it, else with its first. */
export function withOneBody(contract: Contract, type: string): Contract {
  for (const operation of Object.values(contract.paths).flatMap((path) => Object.values(path))) {
    const { requestBody } = operation;
    if (!requestBody) continue;
    const kept = type in requestBody.content ? type : Object.keys(requestBody.content)[0]!;
    requestBody.content = { [kept]: requestBody.content[kept] };
  }
  return contract;
}
