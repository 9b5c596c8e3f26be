import { resolve } from 'node:path';
import { tryToWrite } from '../compose/writable.ts';
import { readConfig, type Config } from '../config.ts';
import { s3OptionsOf } from '../compose/open.ts';
import { messageOf } from '../errors.ts';
import { examineStore, type StoreCheck } from '../repository/doctor.ts';
import { openStore } from '../repository/stores/open-store.ts';
import { defineCommand, print } from './command.ts';
import { flag, optional } from './options.ts';

type Check = Pick<StoreCheck, 'state' | 'message'> & { readonly name: string };

export const command = defineCommand({
  name: 'doctor',
  description:
    'Examines the place where model versions are kept, with the credentials of this shell: does it answer, does it say what is missing, are the newest manifests readable, does it enforce conditional writes (or two publishers could overwrite each other), do the clocks agree? And the folder this server writes its own data into (GLIMPSE_DATA_DIR): can it be written? Exits with 1 when something is broken; a warning alone is 0.',
  arguments: {
    repository: optional('a folder or s3://bucket/prefix; GLIMPSE_REPOSITORY unless given'),
  },
  options: { json: flag('the findings as JSON') },
  async run({ repository, json }) {
    const config = readConfig();
    const store = openStore(repository ?? config.GLIMPSE_REPOSITORY, s3OptionsOf(config));
    try {
      const checks = [...(await examineStore(store)), await examineDataDir(config)];
      print(
        json ? JSON.stringify({ repository: store.uri, checks }, null, 2) : formatChecks(checks),
      );
      return checks.some(({ state }) => state === 'failed') ? 1 : 0;
    } finally {
      await store.close();
    }
  },
});

async function examineDataDir({ GLIMPSE_DATA_DIR: folder }: Config): Promise<Check> {
  const error = await tryToWrite(folder);
  const subject = `GLIMPSE_DATA_DIR (${resolve(folder)})`;
  return error === undefined
    ? { name: 'data folder', state: 'ok', message: `${subject} can be written` }
    : {
        name: 'data folder',
        state: 'failed',
        message: `${subject} cannot be written, so no job is taken and nothing can be downloaded: ${messageOf(error)}`,
      };
}

/** One line for each check: how it went, what it was, and what was found. */
function formatChecks(checks: readonly Check[]): string {
  const width = Math.max(...checks.map(({ name }) => name.length));
  return checks
    .map(({ state, name, message }) => `${state.padEnd(7)}  ${name.padEnd(width)}  ${message}`)
    .join('\n');
}
