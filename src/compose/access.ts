import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { createKey, storeGivenKey } from '../access/api-key.ts';
import { createAuditLog, type AuditLog } from '../access/audit-log.ts';
import type { AccessMode } from '../access/caller.ts';
import { changeKeyFile } from '../access/key-file.ts';
import { openKeyRing, type KeyRing } from '../access/key-ring.ts';
import { createTokenVerifier, parseScopeMap, type TokenVerifier } from '../access/tokens.ts';
import { listOf, type Config } from '../config.ts';
import { errors } from '../errors.ts';
import type { GuardOptions } from '../http/access/guard.ts';

/** Who may do what on this server, as its settings say. */
export interface Access {
  readonly mode: AccessMode;
  readonly keys?: KeyRing;
  readonly tokens?: TokenVerifier;
  readonly audit: AuditLog;
  /** Who may do what, in a sentence for the log of every start. */
  readonly summary: string;
  /** What an operator should know about it, in sentences. */
  warnings(): string[];
  close(): Promise<void>;
}

const now = (): Date => new Date();

/** How often the file of keys is checked. */
const keysIntervalMs = 1_000;

const summaries: Record<AccessMode, string> = {
  open: 'anybody may do everything (GLIMPSE_OPEN=1)',
  local:
    'anybody may predict, and callers on this machine may do everything; there are no keys (glimpse keys, GLIMPSE_KEYS_FILE)',
  keys: 'callers may do what their key or token allows',
};

/** GLIMPSE_KEYS_INVALID when keys or tokens are configured and cannot be used: access is never open by mistake. */
export async function openAccess(
  config: Config,
  logger: Logger,
  announceKey: (text: string) => void,
): Promise<Access> {
  const keys = await openKeys(config, logger, announceKey);
  const tokens = await openTokens(config);
  const mode = modeOf(config, keys !== undefined || tokens !== undefined);
  const auditFile = config.GLIMPSE_AUDIT_FILE || join(config.GLIMPSE_DATA_DIR, 'audit.ndjson');
  const audit = createAuditLog(auditFile, now);
  return {
    mode,
    ...(keys && { keys }),
    ...(tokens && { tokens }),
    audit,
    summary: summaries[mode],
    warnings: () => [
      ...(mode === 'open'
        ? ['GLIMPSE_OPEN=1: anybody who reaches this server may train, publish and read datasets.']
        : []),
      ...(keys?.problem === undefined
        ? []
        : [`The newest GLIMPSE_KEYS_FILE is not in use: ${keys.problem}`]),
    ],
    async close() {
      keys?.close();
      await audit.close();
    },
  };
}

/** The options of the HTTP guard. */
export function appAccess(
  config: Config,
  access: Access,
  shareBudgets?: GuardOptions['shareBudgets'],
): { guard: GuardOptions; audit: AuditLog; corsOrigins: string[] } {
  const corsOrigins = listOf(config.GLIMPSE_CORS_ORIGINS);
  const guard = { ...guardOptions(config, access, corsOrigins), shareBudgets };
  return { guard, audit: access.audit, corsOrigins };
}

/**
 * Any origin may change or reveal something only where keys are in force: without them the browser of somebody on
 * this machine would lend its place to every page.
 */
function guardOptions(config: Config, access: Access, corsOrigins: string[]): GuardOptions {
  return {
    mode: access.mode,
    defaultModel: config.GLIMPSE_DEFAULT_MODEL,
    isPredictOpen: config.GLIMPSE_OPEN_PREDICT === '1',
    keys: access.keys,
    tokens: access.tokens,
    hosts: listOf(config.GLIMPSE_ALLOWED_HOSTS),
    origins: access.mode === 'keys' ? corsOrigins : corsOrigins.filter((origin) => origin !== '*'),
    requestsPerMinute: config.GLIMPSE_RATE_LIMIT_PER_MINUTE,
    adminPort: config.GLIMPSE_ADMIN_PORT === 0 ? undefined : config.GLIMPSE_ADMIN_PORT,
  };
}

function modeOf({ GLIMPSE_OPEN: open }: Config, hasKeys: boolean): AccessMode {
  if (open === '1' && hasKeys) {
    throw new errors.GLIMPSE_KEYS_INVALID('GLIMPSE_OPEN=1 and keys contradict each other');
  }
  if (open === '1') return 'open';
  return hasKeys ? 'keys' : 'local';
}

async function openKeys(
  { GLIMPSE_KEYS_FILE: file, GLIMPSE_ADMIN_KEY: given }: Config,
  logger: Logger,
  announceKey: (text: string) => void,
): Promise<KeyRing | undefined> {
  if (file === '') {
    if (given !== '')
      throw new errors.GLIMPSE_KEYS_INVALID('GLIMPSE_ADMIN_KEY needs GLIMPSE_KEYS_FILE');
    return undefined;
  }
  if (!existsSync(file)) await makeFirstKey(file, given, announceKey, now());
  return openKeyRing({
    file,
    intervalMs: keysIntervalMs,
    now,
    onReload: (outcome) => {
      if ('problem' in outcome) logger.error(outcome, 'the changed keys cannot be used');
      else logger.info(outcome, 'keys reloaded');
    },
  });
}

/**
 * The first start: an admin key from the secret, else one that is announced once and kept nowhere. Of two servers that
 * start first at once, one makes the key, and the other finds it.
 */
async function makeFirstKey(
  file: string,
  given: string,
  announceKey: (text: string) => void,
  now: Date,
): Promise<void> {
  const draft = { name: 'first admin', scopes: ['admin' as const], models: ['*'] };
  const { text, stored } =
    given === ''
      ? createKey(draft, now)
      : { text: undefined, stored: storeGivenKey(given, draft, now) };
  if (!stored) {
    throw new errors.GLIMPSE_KEYS_INVALID('GLIMPSE_ADMIN_KEY does not have the form of a key');
  }
  let isOurs = false;
  await changeKeyFile(file, (keys) => {
    isOurs = keys.length === 0;
    return isOurs ? [stored] : [...keys];
  });
  if (isOurs && text !== undefined) announceKey(text);
}

async function openTokens(config: Config): Promise<TokenVerifier | undefined> {
  if (config.GLIMPSE_JWT_ISSUER === '') return undefined;
  if (config.GLIMPSE_JWT_JWKS === '') {
    throw new errors.GLIMPSE_KEYS_INVALID('GLIMPSE_JWT_ISSUER needs GLIMPSE_JWT_JWKS');
  }
  return createTokenVerifier({
    issuer: config.GLIMPSE_JWT_ISSUER,
    audience: config.GLIMPSE_JWT_AUDIENCE,
    jwks: config.GLIMPSE_JWT_JWKS,
    claim: config.GLIMPSE_JWT_CLAIM,
    scopes: parseScopeMap(config.GLIMPSE_JWT_SCOPES),
  });
}
