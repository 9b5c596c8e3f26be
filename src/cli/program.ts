import { CommanderError, Command as Parser, Option as ParsedOption } from 'commander';
import { isGlimpseError } from '../errors.ts';
import { packageVersion } from '../package.ts';
import { errorInWords } from './words/error-in-words.ts';
import { printAside, UsageError, type Argument, type Command, type Option } from './command.ts';

/** A command that is loaded only when asked for: `glimpse config` needs no runtime and no image library. */
export interface ListedCommand {
  readonly summary: string;
  load(this: void): Promise<{ readonly command: Command }>;
}

/** Runs `glimpse` with the words behind it, says what went wrong, and gives the exit code. */
export async function runProgram(
  words: readonly string[],
  listed: Readonly<Record<string, ListedCommand>>,
): Promise<number> {
  let code = 0;
  const program = newParser('glimpse')
    .description('The model server for Node teams: trains, versions and serves image classifiers.')
    .usage('<command> [options]')
    .version(packageVersion, '-v, --version', 'tell which version this is')
    .helpCommand('help [command]', 'tell more about one command')
    // Options of a command are its own, also where their name is one of the program's: --version.
    .enablePositionalOptions();
  const commandName = words.find((word) => Object.hasOwn(listed, word));
  try {
    for (const [name, { summary, load }] of Object.entries(listed)) {
      const parser =
        name === commandName
          ? parserOf((await load()).command, words, (result) => (code = result))
          : newParser(name);
      program.addCommand(parser.summary(summary));
    }
    await program.parseAsync(words, { from: 'user' });
    return code;
  } catch (error) {
    return await complain(error, pathOf(program, words));
  }
}

/** Errors come back as exceptions, and the sentences about them are ours to print. */
function newParser(name: string): Parser {
  const parser = new Parser(name)
    .configureOutput({ outputError: () => {} })
    .helpOption('-h, --help', 'tell how it is used');
  return parser.exitOverride((error) => {
    if (error.code !== 'commander.excessArguments') throw error;
    const [first] = parser.args.slice(parser.registeredArguments.length);
    throw new UsageError(`${sentenceOf(error)} What is "${first}"?`);
  });
}

function parserOf(
  command: Command,
  words: readonly string[],
  onDone: (code: number) => void,
): Parser {
  const parser = newParser(command.name).description(command.description);
  if (command.summary !== undefined) parser.summary(command.summary);
  const named = Object.entries(command.arguments ?? {});
  for (const [name, { form, description }] of named) {
    parser.argument(placeholders[form](name), description);
  }
  const fallbacks: Record<string, unknown> = {};
  for (const [key, option] of Object.entries(command.options ?? {})) {
    parser.addOption(parsedOption(flagOf(key), option));
    fallbacks[key] = option.fallback;
  }
  for (const inner of command.commands ?? []) parser.addCommand(parserOf(inner, words, onDone));
  const { run } = command;
  if (run === undefined) return parser.helpCommand(false);
  return parser.action(async () => {
    const given = named.map(([name], index): [string, unknown] => [
      name,
      parser.processedArgs[index],
    ]);
    onDone(await run({ ...Object.fromEntries(given), ...fallbacks, ...parser.opts() }, words));
  });
}

const placeholders: Record<Argument<unknown>['form'], (name: string) => string> = {
  required: (name) => `<${name}>`,
  optional: (name) => `[${name}]`,
  many: (name) => `<${name}...>`,
  any: (name) => `[${name}...]`,
};

/** The flag of an option: the words of its key with dashes between them. */
export function flagOf(key: string): string {
  return `--${key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

function parsedOption(flag: string, option: Option<unknown>): ParsedOption {
  const { value, description, isRequired = false, fallback, read } = option;
  const parsed = new ParsedOption(
    value === undefined ? flag : `${flag} <${value}>`,
    typeof fallback === 'string' ? `${description} (default: ${fallback})` : description,
  );
  parsed.makeOptionMandatory(isRequired);
  if (read === undefined) return parsed;
  return parsed.argParser((text: string, before: unknown) => {
    try {
      return read(text, before);
    } catch (error) {
      throw error instanceof UsageError ? new UsageError(`${flag} ${error.message}`) : error;
    }
  });
}

/** Wrong use is 2 with a hint, a refusal of ours 1 with its code, anything else 1 with its stack. */
export async function complain(error: unknown, command: string): Promise<number> {
  if (error instanceof CommanderError && error.exitCode === 0) return 0;
  // The help has been printed instead of an error: there was no word to be wrong.
  if (error instanceof CommanderError && error.code === 'commander.help') return 2;
  if (error instanceof CommanderError || error instanceof UsageError) {
    const sentence = error instanceof CommanderError ? sentenceOf(error) : error.message;
    printAside(`${sentence}\n${command} --help tells how it is used.`);
    return 2;
  }
  // Here and not at the top: the schema of the settings takes longer to load than --help needs in all.
  const { ConfigError } = await import('../config.ts');
  if (isGlimpseError(error)) printAside(errorInWords(error));
  else if (error instanceof ConfigError) printAside(error.message);
  else printAside(error instanceof Error ? (error.stack ?? error.message) : String(error));
  return 1;
}

/** What the parser says, as one sentence: "Unknown option '--jsno' (Did you mean --json?)". */
function sentenceOf({ message }: CommanderError): string {
  const [first = '', ...rest] = message.replace(/^error: /, '').split('\n');
  return [first.charAt(0).toUpperCase() + first.slice(1), ...rest].join(' ');
}

/** The command that the words name, as far as they name one: "glimpse dataset import". */
function pathOf(program: Parser, words: readonly string[]): string {
  let parser = program;
  const path = ['glimpse'];
  for (const word of words) {
    const inner = parser.commands.find((command) => command.name() === word);
    if (inner === undefined) break;
    parser = inner;
    path.push(word);
  }
  return path.join(' ');
}
