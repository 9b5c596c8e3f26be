#!/usr/bin/env node
import { ConfigError } from './config.ts';
import { isGlimpseError } from './errors.ts';
import { packageVersion } from './package.ts';
import { print, printAside, UsageError, type Command } from './cli/command.ts';
import { nearest } from './cli/nearest.ts';

interface Listed {
  readonly summary: string;
  load(): Promise<{ command: Command }>;
}

/** Loaded only when asked for: `glimpse config` needs neither a runtime nor an image library. */
const commands: Record<string, Listed> = {
  serve: {
    summary: 'start the server (settings: environment, see glimpse config)',
    load: () => import('./cli/serve.ts'),
  },
  models: {
    summary: 'list models and versions',
    load: () => import('./cli/models.ts'),
  },
  predict: {
    summary: 'classify images, here or by asking a server',
    load: () => import('./cli/predict.ts'),
  },
  publish: {
    summary: 'publish an ONNX model trained elsewhere as a new version',
    load: () => import('./cli/publish.ts'),
  },
  evaluate: {
    summary: 'measure a version on labelled examples',
    load: () => import('./cli/evaluate.ts'),
  },
  train: {
    summary: 'train a model and publish it as the next version',
    load: () => import('./cli/train.ts'),
  },
  dataset: {
    summary: 'clean and store a dataset, list what is stored',
    load: () => import('./cli/dataset.ts'),
  },
  config: {
    summary: 'print every setting and what it means',
    load: () => import('./cli/config.ts'),
  },
  doctor: {
    summary: 'examine the place where model versions are kept',
    load: () => import('./cli/doctor.ts'),
  },
};

function help(): string {
  const width = Math.max(...Object.keys(commands).map((name) => name.length));
  const lines = Object.entries(commands).map(
    ([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`,
  );
  return [
    'Usage: glimpse <command> [options]',
    '',
    ...lines,
    '',
    'glimpse <command> --help tells more about one of them; glimpse --version tells which this is.',
  ].join('\n');
}

async function main([name, ...args]: string[]): Promise<number> {
  if (name === '--version' || name === '-v') {
    print(packageVersion);
    return 0;
  }
  if (name === undefined || ['--help', '-h', 'help'].includes(name)) {
    print(help());
    return name === undefined ? 2 : 0;
  }
  const listed = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (listed === undefined) {
    const meant = nearest(name, Object.keys(commands));
    throw new UsageError(
      `There is no command "${name}"${meant ? `; did you mean ${meant}?` : '.'}`,
    );
  }
  const { command } = await listed.load();
  if (args.includes('--help') || args.includes('-h')) {
    print(command.help);
    return 0;
  }
  return command.run(args);
}

/** Wrong use is 2 with a hint, a refusal of ours 1 with its code, anything else 1 with its stack. */
function complain(error: unknown): number {
  if (error instanceof UsageError || isParseError(error)) {
    printAside(`${error.message}\nglimpse --help lists what there is.`);
    return 2;
  }
  if (isGlimpseError(error)) printAside(`${error.message} (${error.code})`);
  else if (error instanceof ConfigError) printAside(error.message);
  else printAside(error instanceof Error ? (error.stack ?? error.message) : String(error));
  return 1;
}

function isParseError(error: unknown): error is Error {
  return (
    error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS_')
  );
}

process.exitCode = await main(process.argv.slice(2)).catch(complain);
