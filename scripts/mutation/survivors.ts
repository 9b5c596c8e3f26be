/** What Stryker wrote about every file it changed, as far as it is read here. */
export interface Report {
  readonly files: Readonly<
    Record<string, { readonly source: string; readonly mutants: readonly Mutant[] }>
  >;
}

interface Mutant {
  readonly status: string;
  readonly mutatorName: string;
  readonly replacement: string;
  readonly location: { readonly start: Position; readonly end: Position };
}

/** Both counted from 1. */
interface Position {
  readonly line: number;
  readonly column: number;
}

/** A change of the code that no test noticed, known by its words, because lines move. */
export interface Survivor {
  readonly file: string;
  readonly mutator: string;
  /** The line it begins in. */
  readonly line: string;
  readonly from: string;
  readonly to: string;
}

/** One that need not be noticed, with the reason. */
export interface Excused extends Survivor {
  readonly why: string;
}

/** What came of all changes of a place. */
export interface MutationResult {
  readonly tried: number;
  /** Wording, and what runs while a module is loaded. */
  readonly notTried: number;
  readonly survivors: readonly Survivor[];
}

const noticed = new Set(['Killed', 'Timeout']);

/** How many changes of some files were tried, and those of which it is not known that a test notices them. */
export function resultOf({ files }: Report, isMeant: (file: string) => boolean): MutationResult {
  const meant = Object.entries(files).filter(([file]) => isMeant(file));
  const mutants = meant.flatMap(([file, { source, mutants: ofFile }]) =>
    ofFile.map((mutant) => ({ file, source, mutant })),
  );
  const tried = mutants.filter(({ mutant }) => mutant.status !== 'Ignored');
  return {
    tried: tried.length,
    notTried: mutants.length - tried.length,
    survivors: tried
      .filter(({ mutant: { status } }) => !noticed.has(status))
      .map(({ file, source, mutant }) => ({
        file,
        mutator: mutant.mutatorName,
        line: source.split('\n')[mutant.location.start.line - 1]!.trim(),
        from: textBetween(source, mutant.location.start, mutant.location.end),
        to: mutant.replacement,
      })),
  };
}

function textBetween(source: string, start: Position, end: Position): string {
  const lines = source.split('\n').slice(start.line - 1, end.line);
  lines[lines.length - 1] = lines.at(-1)!.slice(0, end.column - 1);
  lines[0] = lines[0]!.slice(start.column - 1);
  return lines.join('\n');
}

/** Who survived without a reason, and which reasons are for nobody any more. */
export function compareSurvivors(
  survivors: readonly Survivor[],
  excused: readonly Excused[],
): { unexcused: Survivor[]; gone: Excused[] } {
  const known = new Set(excused.map(keyOf));
  const alive = new Set(survivors.map(keyOf));
  return {
    unexcused: survivors.filter((survivor) => !known.has(keyOf(survivor))),
    gone: excused.filter((one) => !alive.has(keyOf(one))),
  };
}

const keyOf = ({ file, mutator, line, from, to }: Survivor): string =>
  JSON.stringify([file, mutator, line, from, to]);
