/**
 * `npm run openapi`: writes the contract of the running code to openapi.yaml, and what the client needs of it when it
 * runs. Tests keep them equal. The types of the client are another step, which needs more: npm run client-types.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { renderCalls } from './client/render-calls.ts';
import { renderContract } from './contract.ts';

const root = join(import.meta.dirname, '..');
const contract = await renderContract();
await writeFile(join(root, 'openapi.yaml'), contract);
await writeFile(join(root, 'src', 'client', 'contract', 'calls.ts'), renderCalls(parse(contract)));
