/** An option that takes a value or is a switch. Its flag is the key it stands under: `minScore` is --min-score. */
export interface Option<T> {
  /** What stands for the value in help; a switch has none. */
  readonly value?: string;
  readonly description: string;
  readonly isRequired?: boolean;
  /** What it is when it is not given. */
  readonly fallback?: T;
  /** Makes a value of the text; `before` is what the same option gave earlier on the line. */
  read?(this: void, text: string, before: T | undefined): T;
}

/** A word without a flag; `many` takes what is left, at least one word, and `any` as few as none. */
export interface Argument<T> {
  readonly form: 'required' | 'optional' | 'many' | 'any';
  readonly description: string;
  /** Only in the type: what it gives. */
  readonly gives?: T;
}

/** The values of some options, by their keys. */
export type ValuesOf<O> = {
  readonly [K in keyof O]: O[K] extends Option<infer T> ? T : never;
};

type Given<A, O> = ValuesOf<O> & {
  readonly [K in keyof A]: A[K] extends Argument<infer T> ? T : never;
};

interface CommandOf<A, O> {
  readonly name: string;
  /** One line for the list of commands; a command of cli.ts has it there, so that it is known unloaded. */
  readonly summary?: string;
  readonly description: string;
  readonly arguments?: A;
  readonly options?: O;
  readonly commands?: readonly Command[];
  /** Does it and gives the exit code. `words` are those behind `glimpse`, as they were typed. */
  run?(this: void, given: Given<A, O>, words: readonly string[]): Promise<number>;
}

/** One `glimpse` command: a file of this folder that exports `command`. */
export type Command = CommandOf<
  Readonly<Record<string, Argument<unknown>>>,
  Readonly<Record<string, Option<unknown>>>
>;

/** A command whose `run` is given the values of exactly the arguments and options it defines. */
export function defineCommand<
  A extends Readonly<Record<string, Argument<unknown>>>,
  O extends Readonly<Record<string, Option<unknown>>>,
>(command: CommandOf<A, O>): Command {
  return command;
}

/** The caller used the command wrongly; the sentence is printed and the exit code is 2. */
export class UsageError extends Error {}

/** Writes a line of the result to stdout. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** For what people read while they wait: never on stdout, where `--json` output may be piped away. */
export function printAside(text: string): void {
  process.stderr.write(`${text}\n`);
}
