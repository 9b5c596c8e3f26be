import { execFile } from 'node:child_process';
import { copyFile, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clientOf, curlOf, programOf, type Question } from '../../console/try/snippets.ts';
import { createKey } from '../../src/access/api-key.ts';
import { packageRoot } from '../../src/package.ts';
import { closeServers, openServer } from '../support/server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { tinyDraft } from '../support/tiny-version.ts';

const run = promisify(execFile);
const { text: key } = createKey({ name: 'x', scopes: ['admin'], models: ['*'] }, new Date());

let folder = '';
let server = '';
beforeAll(async () => {
  folder = await temporaryFolder();
  await mkdir(join(folder, 'node_modules'));
  await symlink(packageRoot, join(folder, 'node_modules', 'glimpse'));
  const versions = [await tinyDraft(), await tinyDraft()];
  const keys = { GLIMPSE_KEYS_FILE: join(folder, 'keys.json'), GLIMPSE_ADMIN_KEY: key };
  ({ url: server } = await openServer({ versions, env: keys }));
});
afterAll(closeServers);

const env = { ...process.env, GLIMPSE_API_KEY: key };

async function program(code: string): Promise<string> {
  await writeFile(join(folder, 'program.mjs'), code);
  return (await run(process.execPath, ['program.mjs'], { cwd: folder, env })).stdout;
}

const questions = (file: string): Question[] =>
  [{ model: 'digits' }, { model: 'digits', version: 1 }, { model: 'digits', label: 'latest' }].map(
    (target) => ({ server, target, file, hasKey: true }),
  );

describe('the code that the console shows', () => {
  it('asks the same in a terminal, by the typed client and without a package, whatever a file is called', async () => {
    for (const file of ['drawing.png', `it's a "7"; or not.png`]) {
      await copyFile(join(packageRoot, 'samples', 'golden', '7.png'), join(folder, file));
      for (const question of questions(file)) {
        const { stdout } = await run('bash', ['-c', curlOf(question)], { cwd: folder, env });
        const { version, predictions } = JSON.parse(stdout);
        expect(version).toBe(question.target.version ?? 2);
        const [{ label, score }] = predictions;
        expect(await program(clientOf(question))).toBe(`${label} ${score}\n`);
        expect(await program(programOf(question))).toBe(`${label} ${score}\n`);
      }
    }
  });

  it('names the variable of the key, and nothing where no key is needed', () => {
    const [question] = questions('drawing.png');
    for (const codeOf of [curlOf, clientOf, programOf]) {
      expect(codeOf(question!)).toContain('GLIMPSE_API_KEY');
      expect(codeOf(question!)).not.toContain(key);
      expect(codeOf({ ...question!, hasKey: false })).not.toContain('KEY');
    }
  });
});
