/** One `glimpse` command: a file of this folder that exports `command`. */
export interface Command {
  /** What `glimpse <name> --help` prints. */
  readonly help: string;
  /** Does it with the words behind its name and gives the exit code. */
  run(args: string[]): Promise<number>;
}

/** The caller used the command wrongly; cli.ts prints the sentence and exits with 2. */
export class UsageError extends Error {}

export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** For what people read while they wait: never on stdout, where `--json` output may be piped away. */
export function printAside(text: string): void {
  process.stderr.write(`${text}\n`);
}
