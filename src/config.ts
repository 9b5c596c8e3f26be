import type { Static } from 'typebox';
import { Check } from 'typebox/schema';
import { ConfigSchema } from './config/config-schema.ts';
import { platformVariables } from './config/hosting-knobs.ts';

export type Config = Readonly<Static<typeof ConfigSchema>>;

/**
 * Reads the environment into one frozen object; throws with every knob that does not fit its schema.
 * The only reader of `process.env` in Glimpse (AWS credentials excepted: the SDK finds those itself).
 * A variable set to nothing counts as not set, as compose files write it. What `options` of a command
 * set wins over the environment, and a setting of ours over the variable of a platform that stands for it.
 */
export function readConfig(
  env: NodeJS.ProcessEnv = process.env,
  options: Readonly<Partial<Record<Knob, string>>> = {},
): Config {
  const given = Object.fromEntries(
    [...ofPlatform(env), ...Object.entries({ ...env, ...options })].filter(
      ([key, value]) => key.startsWith('GLIMPSE_') && value !== '',
    ),
  );
  const config = Object.fromEntries(knobs.map((knob) => [knob, valueOf(knob, given[knob])]));
  if (!Check(ConfigSchema, config)) throw new ConfigError(misfits(config, given));
  return Object.freeze(config);
}

/** What platforms have set, under the names of our settings. */
function ofPlatform(env: NodeJS.ProcessEnv): [Knob, string][] {
  return Object.entries(platformVariables).flatMap(([variable, knob]) => {
    const value = env[variable];
    return value === undefined || value === '' ? [] : [[knob, value]];
  });
}

/** The value of a knob: its text, as a number where it takes one, else its default. */
function valueOf(knob: Knob, text: string | undefined): unknown {
  const schema: Record<string, unknown> = { ...ConfigSchema.properties[knob] };
  if (text === undefined) return schema['default'];
  const isNumber = schema['type'] === 'integer' || schema['type'] === 'number';
  return isNumber && text.trim() !== '' ? Number(text) : text;
}

/** The parts of a setting that is a list: what stands between commas. */
export function listOf(setting: string): string[] {
  return setting
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');
}

/** What a process that runs somebody else's model is left of the environment: no secret, and no setting of ours. */
const cellVariables = [
  'PATH',
  'LD_PRELOAD',
  'LD_LIBRARY_PATH',
  'MALLOC_ARENA_MAX',
  'MALLOC_CONF',
  'TMPDIR',
  'TF_CPP_MIN_LOG_LEVEL',
  'SystemRoot',
];

/** The environment of a cell. */
export function cellEnvironment(env: NodeJS.ProcessEnv = process.env): Record<string, string> {
  return Object.fromEntries(
    cellVariables.flatMap((name) => {
      const value = env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/**
 * Whether the environment asks for traces, in the words of OpenTelemetry: an address to send them to, or an exporter. What else these
 * variables say is read by its SDK. ConfigError for what it would leave out without a word.
 */
export function isTracingAsked(env: NodeJS.ProcessEnv = process.env): boolean {
  const said = (name: string): string => env[name]?.trim().toLowerCase() ?? '';
  if (said('OTEL_SDK_DISABLED') === 'true') return false;
  const exporter = said('OTEL_TRACES_EXPORTER');
  if (!['', 'none', 'otlp'].includes(exporter)) {
    throw new ConfigError(`OTEL_TRACES_EXPORTER=${exporter} does not fit: it takes otlp or none.`);
  }
  const addresses = ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT'];
  const isAsked = exporter === 'otlp' || addresses.some((name) => said(name) !== '');
  if (!isAsked || exporter === 'none') return false;
  for (const name of ['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL', 'OTEL_EXPORTER_OTLP_PROTOCOL']) {
    if (!['', 'http/protobuf'].includes(said(name)))
      throw new ConfigError(`${name}=${said(name)} does not fit: it takes http/protobuf.`);
  }
  return true;
}

/** The address of the Runtime API, which Lambda tells the program of a function. */
export function lambdaRuntimeApi(env: NodeJS.ProcessEnv = process.env): string {
  const address = env['AWS_LAMBDA_RUNTIME_API'];
  if (address) return address;
  throw new ConfigError(
    'AWS_LAMBDA_RUNTIME_API is not set: this program is started by AWS Lambda.',
  );
}

/** Settings that do not fit; its message has one line for each and is all that needs to be shown. */
export class ConfigError extends Error {}

/** Variables that look like ours and are none: usually a knob with a slip of the pen. */
export function unknownKnobs(env: NodeJS.ProcessEnv = process.env): string[] {
  return Object.keys(env).filter((key) => key.startsWith('GLIMPSE_') && !isKnob(key));
}

export type Knob = keyof typeof ConfigSchema.properties;

/** Every knob, in the order of the schema. */
export const knobs: readonly Knob[] = Object.keys(ConfigSchema.properties).filter(isKnob);

export function isKnob(name: string): name is Knob {
  return Object.hasOwn(ConfigSchema.properties, name);
}

/** What a knob takes, in words: "a whole number, at least 1", "one of auto, on, off". */
export function domainOf(knob: Knob): string {
  const schema: Record<string, unknown> = { ...ConfigSchema.properties[knob] };
  if (Array.isArray(schema['anyOf'])) {
    const options = schema['anyOf'].map((option: { const?: unknown }) => String(option.const));
    return `one of ${options.join(', ')}`;
  }
  if (schema['type'] === 'string') return 'text';
  const { type, minimum, maximum } = schema;
  return [
    type === 'integer' ? 'a whole number' : 'a number',
    ...(typeof minimum === 'number' ? [`at least ${minimum}`] : []),
    ...(typeof maximum === 'number' ? [`at most ${maximum}`] : []),
  ].join(', ');
}

/** One line for every knob whose value does not fit. */
function misfits(
  config: Readonly<Record<string, unknown>>,
  given: Readonly<Record<string, string | undefined>>,
): string {
  return knobs
    .filter((knob) => !Check(ConfigSchema.properties[knob], config[knob]))
    .map((knob) => `${knob}=${given[knob]} does not fit: it takes ${domainOf(knob)}.`)
    .join('\n');
}
