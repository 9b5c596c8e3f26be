import { appendFileSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino, type Logger } from 'pino';

/** The environment variable with the folder of what this run has logged; set by suite-logs.ts. */
export const logsVariable = 'SUITE_LOGS';

/** What looks like a secret wherever it stands: keys of ours, and tokens. */
const forms = [/glimpse_[a-z2-7]{12}_[\w-]{43}/g, /eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]+/g];

/** Keeps what a server logged until the run ends, when no secret may be in it. */
export function recordLog(text: string): void {
  append('logged', text);
}

/** Tells the end of the run a secret that is used in tests and has no form of its own. */
export function registerSecret(secret: string): void {
  append('secrets', `${secret}\n`);
}

/** A logger whose lines are kept, for servers that tests compose themselves. */
export function recordedLogger(): Logger {
  return pino({ level: 'debug' }, { write: recordLog });
}

/** Lines in a folder of logs that hold a secret, each cut and with the secret struck out. */
export function leaksIn(folder: string): string[] {
  const read = (kind: string): string[] =>
    readdirSync(folder)
      .filter((name) => name.startsWith(kind))
      .flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n'))
      .filter((line) => line !== '');
  const secrets = new Set(read('secrets'));
  return read('logged').flatMap((line) => {
    const found = [
      ...forms.flatMap((form) => line.match(form) ?? []),
      ...[...secrets].filter((secret) => line.includes(secret)),
    ];
    return found.length === 0
      ? []
      : [found.reduce((text, one) => text.replaceAll(one, '<SECRET>'), line).slice(0, 500)];
  });
}

function append(kind: 'logged' | 'secrets', text: string): void {
  const folder = process.env[logsVariable];
  if (folder !== undefined) appendFileSync(join(folder, `${kind}-${process.pid}`), text);
}
