import { NotTried, type Attack, type AttackContext, type Outcome } from './attack.ts';
import type { Observation, Witness } from './observe.ts';
import { memoryBudgetBytes } from './own-server.ts';
import { pause } from './wire.ts';

/** What others must keep while an attack runs. */
const livezLimitMs = 100;
const goodputShare = 0.8;

/** How long the server is left alone before and after an attack that is a load. */
const quietMs = 1_500;
/** What takes longer is ended by the program, as not held. */
const longestMs = 60_000;
/** An attack shorter than this says nothing about the goodput of others. */
const shortestForGoodputMs = 1_000;

export interface Trial {
  readonly attack: Attack;
  readonly verdict: 'held' | 'NOT HELD' | 'not tried';
  readonly figures: string;
  readonly seen?: Observation;
  /** The same of the quiet while before. */
  readonly quiet?: Observation;
}

/** Runs one attack, and judges what it did to the server and to others. */
export async function tryAttack(
  attack: Attack,
  context: AttackContext,
  witness: Witness,
): Promise<Trial> {
  const quiet = attack.isLoad ? await quietWhile(witness) : undefined;
  const from = Date.now();
  let outcome: Outcome;
  try {
    outcome = await withinTime(attack.run(context));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (error instanceof NotTried) return { attack, verdict: 'not tried', figures: reason };
    outcome = { held: false, figures: `it ended with: ${reason.slice(0, 200)}` };
  }
  const to = Date.now();
  const seen = attack.isLoad ? await witness.between(from, to) : undefined;
  const problems = seen && quiet ? problemsOf(seen, quiet, to - from) : [];
  if (context.own?.isAlive() === false)
    problems.unshift(`the process ended with ${await context.own.ended}`);
  return {
    attack,
    verdict: outcome.held && problems.length === 0 ? 'held' : 'NOT HELD',
    figures: [outcome.figures, ...problems].join('; '),
    ...(seen && { seen }),
    ...(quiet && { quiet }),
  };
}

async function quietWhile(witness: Witness): Promise<Observation> {
  const from = Date.now();
  await pause(quietMs);
  return witness.between(from, from + quietMs);
}

/** What others lost. A machine that is slow by itself is not held against the server: the quiet while is the measure. */
export function problemsOf(seen: Observation, quiet: Observation, ms: number): string[] {
  const problems: string[] = [];
  const livezMost = Math.max(livezLimitMs, quiet.livezMaxMs * 1.5);
  if (seen.livezMaxMs > livezMost) problems.push(`/livez took ${Math.round(seen.livezMaxMs)} ms`);
  if (ms >= shortestForGoodputMs && seen.goodPerSecond < goodputShare * quiet.goodPerSecond) {
    const share = Math.round((100 * seen.goodPerSecond) / quiet.goodPerSecond);
    problems.push(`others got ${share} % of their answers`);
  }
  if (seen.maxBytes > memoryBudgetBytes) problems.push('memory above the budget');
  return problems;
}

async function withinTime(outcome: Promise<Outcome>): Promise<Outcome> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Outcome>((resolve) => {
    timer = setTimeout(
      () => resolve({ held: false, figures: 'not over after a minute' }),
      longestMs,
    );
  });
  try {
    return await Promise.race([outcome, late]);
  } finally {
    clearTimeout(timer);
  }
}

const mebibytes = (bytes: number): number => Math.round(bytes / 2 ** 20);

/** The table of what was tried, in Markdown. */
export function tableOf(trials: readonly Trial[]): string {
  const rows = trials.map(({ attack, verdict, figures, seen, quiet }) => {
    const isMeasured = attack.isLoad === true && seen !== undefined && quiet !== undefined;
    return [
      attack.group,
      attack.name,
      verdict,
      isMeasured
        ? `${seen.livezMaxMs.toFixed(0)} / ${seen.livezP99Ms.toFixed(0)} (${quiet.livezMaxMs.toFixed(0)})`
        : '',
      isMeasured ? `${((100 * seen.goodPerSecond) / quiet.goodPerSecond).toFixed(0)} %` : '',
      isMeasured && seen.maxBytes > 0
        ? `${mebibytes(seen.maxBytes)} / ${mebibytes(seen.maxBytesWithChildren)}`
        : '',
      figures.replaceAll('|', '/').replaceAll('\n', ' '),
    ];
  });
  const head = [
    'group',
    'attack',
    'verdict',
    '/livez ms: max / p99 (max before)',
    'goodput of others',
    'memory MiB: server / with its processes',
    'what was seen',
  ];
  const table = [head, head.map(() => '---'), ...rows];
  const widths = head.map((_, column) => Math.max(...table.map((row) => row[column]!.length)));
  return table
    .map(
      (row) =>
        `| ${row.map((cell, column) => (cell === '---' ? '-'.repeat(widths[column]!) : cell.padEnd(widths[column]!))).join(' | ')} |`,
    )
    .join('\n');
}
