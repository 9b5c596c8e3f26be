import { existsSync } from 'node:fs';
import { createKey, endOf, type KeyDraft, type StoredKey } from '../access/api-key.ts';
import { changeKeyFile, readKeyFile } from '../access/key-file.ts';
import { isScope, scopeNames, type Scope } from '../access/scopes.ts';
import { readConfig } from '../config.ts';
import { defineCommand, print, printAside, UsageError } from './command.ts';
import { count, flag, required, requiredText, text, texts } from './options.ts';
import { table } from './table.ts';

const fileOption = text('FILE', 'the file of keys (GLIMPSE_KEYS_FILE)');

const create = defineCommand({
  name: 'create',
  summary: 'make a key and print it, once',
  description:
    'Makes a key and prints it on stdout. Only a salted digest of it is kept: whoever loses it makes another.',
  options: {
    name: requiredText('NAME', 'who or what it is for'),
    scope: texts(scopeNames.join('|'), 'what it allows'),
    model: texts('PATTERN', 'models it is for, * standing for any characters (all)'),
    requestsPerMinute: count('N', 'most requests a minute'),
    concurrency: count('N', 'most requests in work at once'),
    weight: count('N', 'its share beside others while they wait for the same thing (1)'),
    expires: text(
      'DATE',
      'when it ends: 2027-01-31 (as that day begins, UTC) or 2027-01-31T12:00:00Z',
    ),
    file: fileOption,
  },
  async run(given) {
    const now = new Date();
    const { text: key, stored } = createKey(draftOf(given, now), now);
    const file = fileOf(given.file);
    await changeKeyFile(file, (keys) => [...keys, stored]);
    printAside(
      `Key ${stored.id} ("${stored.name}") is in ${file}. This is the only time it is shown:`,
    );
    print(key);
    return 0;
  },
});

const list = defineCommand({
  name: 'list',
  summary: 'list keys, never their secrets',
  description:
    'Lists the keys of a file: who they are for, what they allow, whether they still count, when they were made and end, and their budgets.',
  options: { json: flag('for machines'), file: fileOption },
  async run({ json, file }) {
    const { keys } = await readKeyFile(existing(fileOf(file)));
    const now = new Date();
    const shown = keys.map((key) => ({ ...key, salt: undefined, sha256: undefined }));
    print(json ? JSON.stringify(shown, null, 2) : listed(keys, now));
    return 0;
  },
});

const revoke = defineCommand({
  name: 'revoke',
  summary: 'end a key',
  description: 'Ends a key; running servers notice within seconds. It stays in the list.',
  arguments: { id: required('the id of the key, as list shows it') },
  options: { file: fileOption },
  async run({ id, file }) {
    await changeKeyFile(existing(fileOf(file)), (keys) => {
      const found = keys.find((key) => key.id === id);
      if (!found) throw new UsageError(`There is no key ${id}.`);
      if (found.revokedAt !== undefined) throw new UsageError(`Key ${id} was revoked already.`);
      const revokedAt = new Date().toISOString();
      return keys.map((key) => (key === found ? { ...key, revokedAt } : key));
    });
    printAside(`Key ${id} is revoked.`);
    return 0;
  },
});

export const command = defineCommand({
  name: 'keys',
  description: 'Makes, lists and revokes the API keys of a server (GLIMPSE_KEYS_FILE).',
  commands: [create, list, revoke],
});

function fileOf(given: string | undefined): string {
  const file = given ?? readConfig().GLIMPSE_KEYS_FILE;
  if (file === '') throw new UsageError('Set GLIMPSE_KEYS_FILE, or name the file with --file.');
  return file;
}

function existing(file: string): string {
  if (existsSync(file)) return file;
  throw new UsageError(`There is no file ${file}; glimpse keys create makes it.`);
}

interface Wishes {
  readonly name: string;
  readonly scope: readonly string[];
  readonly model: readonly string[];
  readonly requestsPerMinute: number | undefined;
  readonly concurrency: number | undefined;
  readonly weight: number | undefined;
  readonly expires: string | undefined;
}

function draftOf(
  { name, scope, model, requestsPerMinute, concurrency, weight, expires }: Wishes,
  now: Date,
): KeyDraft {
  const budget = {
    ...(requestsPerMinute !== undefined && { requestsPerMinute }),
    ...(concurrency !== undefined && { concurrency }),
    ...(weight !== undefined && { weight }),
  };
  return {
    name,
    scopes: scopesOf(scope),
    models: model.length > 0 ? [...model] : ['*'],
    ...(Object.keys(budget).length > 0 && { budget }),
    ...(expires !== undefined && { expiresAt: timeOf(expires, now) }),
  };
}

function scopesOf(words: readonly string[]): Scope[] {
  const scopes = words.flatMap((word) => word.split(',')).map((word) => word.trim());
  const wrong = scopes.find((word) => !isScope(word));
  if (wrong !== undefined || scopes.length === 0) {
    const found = wrong === undefined ? 'nothing' : `"${wrong}"`;
    throw new UsageError(`--scope takes ${scopeNames.join(', ')}, not ${found}.`);
  }
  return scopes.filter((word) => isScope(word));
}

/** A date, or a date and a time with its offset. Other notations mean different days in different countries. */
const isoTime =
  /^(\d{4}-\d{2}-\d{2})(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2}))?$/;

function timeOf(expires: string, now: Date): string {
  const [, day] = isoTime.exec(expires) ?? [];
  const time = new Date(expires);
  if (day === undefined || !isDay(day) || Number.isNaN(time.getTime())) {
    throw new UsageError(
      `--expires takes a date as 2027-01-31, or with a time as 2027-01-31T12:00:00Z, not "${expires}".`,
    );
  }
  if (time <= now) throw new UsageError(`--expires takes a time to come, not "${expires}".`);
  return time.toISOString();
}

/** Whether the calendar has it: a Date takes February 30 for a day of March. */
function isDay(day: string): boolean {
  const time = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(time.getTime()) && time.toISOString().startsWith(day);
}

function listed(keys: readonly StoredKey[], now: Date): string {
  if (keys.length === 0) return 'There is no key.';
  const rows = keys.map((key) => [
    key.id,
    key.name,
    key.scopes.join(', '),
    key.models.join(', '),
    endOf(key, now) ?? 'valid',
    minuteOf(key.createdAt),
    key.expiresAt === undefined ? 'never' : minuteOf(key.expiresAt),
    budgetWords(key),
  ]);
  const head = ['id', 'name', 'scopes', 'models', 'state', 'made', 'ends', 'budget'];
  return table(head, rows);
}

/** 2027-01-31 12:00Z of a time in ISO 8601. */
function minuteOf(time: string): string {
  return `${time.slice(0, 16).replace('T', ' ')}Z`;
}

function budgetWords({ budget = {} }: StoredKey): string {
  const { requestsPerMinute, concurrency, weight } = budget;
  const words = [
    ...(requestsPerMinute === undefined ? [] : [`${requestsPerMinute} a minute`]),
    ...(concurrency === undefined ? [] : [`${concurrency} at once`]),
    ...(weight === undefined ? [] : [`weight ${weight}`]),
  ];
  return words.join(', ') || 'none';
}
