import { knownSettings } from './known-settings.ts';
import type { Settings } from './settings.ts';
import { when } from './when-wrong.ts';

/** What the construct itself decides. */
const decided = [
  'GLIMPSE_HOST',
  'GLIMPSE_PORT',
  'GLIMPSE_REPOSITORY',
  'GLIMPSE_DATA_DIR',
  'GLIMPSE_DEFAULT_MODEL',
  'GLIMPSE_KEYS_FILE',
  'GLIMPSE_OPEN_PREDICT',
  'GLIMPSE_ALLOWED_HOSTS',
  'GLIMPSE_DATASET_URIS',
  'GLIMPSE_JOBS',
  'GLIMPSE_BATCH_QUEUE',
  'GLIMPSE_BATCH_DEFINITION',
  'GLIMPSE_DRAIN_DELAY_MS',
  'GLIMPSE_SHUTDOWN_GRACE_MS',
  'GLIMPSE_KEEP_ALIVE_TIMEOUT_MS',
  'GLIMPSE_EMF_INTERVAL_SECONDS',
  'GLIMPSE_EMF_NAMESPACE',
];
const secret = ['GLIMPSE_ADMIN_KEY', 'GLIMPSE_API_KEY'];
const foreign = /^(OTEL_[A-Z_]+|NODE_OPTIONS|UV_THREADPOOL_SIZE|TZ)$/;

/** A sentence for every variable that the server does not know, that the stack decides, or that is a secret in the open. */
export function environmentProblems({ environment: variables, secrets }: Settings): string[] {
  const known = knownSettings();
  const unknown = (name: string): boolean => !known.has(name) && !foreign.test(name);
  return [
    ...Object.keys(variables).flatMap((name) => [
      ...when(unknown(name), `environment.${name} is no setting of Glimpse (docs/tuning.md).`),
      ...when(decided.includes(name), `environment.${name} is decided by this stack.`),
      ...when(
        secret.includes(name),
        `environment.${name} is a secret: name it in secrets or adminKeySecret.`,
      ),
      ...when(
        name === 'GLIMPSE_OPEN',
        'environment.GLIMPSE_OPEN would let anybody train and move labels.',
      ),
    ]),
    ...Object.keys(secrets).flatMap((name) => [
      ...when(unknown(name), `secrets.${name} is no setting of Glimpse (docs/tuning.md).`),
      ...when(name === 'GLIMPSE_ADMIN_KEY', 'secrets.GLIMPSE_ADMIN_KEY is adminKeySecret.'),
      ...when(name in variables, `${name} is in environment and in secrets.`),
    ]),
  ];
}
