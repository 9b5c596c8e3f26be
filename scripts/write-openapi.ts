/** `npm run openapi`: writes the contract of the running code to openapi.yaml. A test keeps them equal. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { renderContract } from './contract.ts';

await writeFile(join(import.meta.dirname, '..', 'openapi.yaml'), await renderContract());
