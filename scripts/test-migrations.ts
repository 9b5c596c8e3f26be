/**
 * `npm run test:migrations`: does what the pages of docs/migrate/ say, word for word, each in a copy of this checkout with an empty environment of Python: publishes, starts the
 * servers and asks them. Ports are others than those of the pages, and a call that is refused ends the page. `-- torchserve` for some of them.
 */
import { cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { packageRoot } from '../src/package.ts';
import { chosenBy } from './foreign/chosen.ts';
import { check, failuresSoFar } from './examples/check.ts';
import { codeBlocks, followShell } from './foreign/readme.ts';
import { run } from './foreign/run.ts';
import { freePort } from './foreign/server.ts';

const pages = join(packageRoot, 'docs', 'migrate');
/** The ports that the pages name. */
const ports = ['8001', '8080', '8081', '8082', '8083', '8501'];
/** What each page has shown of the seven that it sends, in so many places at least. */
const shown: Readonly<Record<string, readonly RegExp[]>> = {
  'sagemaker-mlflow': [/"predictions":\[\[/, /b'\{"predictions":/, /"modelName":"first"/],
  'tensorflow-serving': [/"state":"AVAILABLE"/, /"predictions":\[\[/, /\["7",0\.9/],
  torchserve: [/"7":0\.9/, /"4":0\.9/, /"modelName":"digits"/],
  'triton-kserve': [/"datatype":"FP32"/, /"state":"READY"/, /\[b?'7'\] \[/, /^7$/m],
};

const home = await mkdtemp(join(tmpdir(), 'glimpse-migrations-'));
const words = process.argv.slice(2);

async function follow(page: string): Promise<void> {
  const folder = join(home, page);
  await copyCheckout(folder);
  await run('python3', ['-m', 'venv', join(folder, '.venv')]);
  // curl says nothing of a status unless it is told to.
  await writeFile(join(folder, '.curlrc'), 'fail\nsilent\nshow-error\n');
  const free = await Promise.all(ports.map(freePort));
  const outputs = await followShell(await codeBlocks(join(pages, `${page}.md`), 'sh'), {
    folder,
    env: {
      CURL_HOME: folder,
      PATH: [join(folder, '.venv', 'bin'), process.env['PATH']].join(delimiter),
    },
    instead: Object.fromEntries(ports.map((port, at) => [port, String(free[at])])),
  });
  const said = outputs.join('\n');
  const patterns = shown[page];
  if (!patterns) throw new Error(`nothing is known of what ${page} shows`);
  for (const pattern of patterns)
    check(`${page} shows ${pattern.source}`, pattern.test(said), said);
}

/** What is under version control, as somebody has it who has cloned it. */
async function copyCheckout(folder: string): Promise<void> {
  const listed = await run('git', ['ls-files', '-z'], { cwd: packageRoot });
  for (const file of listed.split('\0').filter((name) => name !== '')) {
    await cp(join(packageRoot, file), join(folder, file));
  }
}

const all = (await readdir(pages)).map((file) => file.replace(/\.md$/, ''));
try {
  for (const page of chosenBy(words, all.toSorted(), (name) => name)) {
    console.log(`${page}:`);
    await follow(page).catch((error: unknown) => {
      check(`${page} does what it says`, false, String(error));
    });
  }
} finally {
  await rm(home, { recursive: true, force: true });
}
process.exitCode = failuresSoFar() === 0 ? 0 : 1;
