import { table } from '../results.ts';
import type { Figures } from './generate.ts';
import type { PeerFigures } from './rounds.ts';

/** A figure with about three digits. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return '-';
  if (value >= 100) return value.toFixed(0);
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/** The tables of a run: what was answered rightly, what it cost, how late, and what each peer takes to be there. */
export function report(peers: readonly PeerFigures[]): string {
  const names = [...new Set(peers.flatMap(({ scenes }) => [...scenes.keys()]))];
  const across = (of: (figures: Figures) => string): string =>
    table([
      ['scene', ...peers.map(({ peer }) => peer.title)],
      ...names.map((name) => [
        name,
        ...peers.map(({ scenes }) => {
          const figures = scenes.get(name);
          return figures === undefined ? '' : of(figures);
        }),
      ]),
    ]);
  const beings = table([
    ['', 'first right answer, ms', 'idle, MiB', 'after the scenes, MiB'],
    ...peers.map(({ peer, startMs, idleMiB, loadedMiB }) => [
      peer.title,
      short(startMs),
      short(idleMiB),
      short(loadedMiB),
    ]),
  ]);
  return [
    'Right answers a second; beside it the share of other answers, where there were any: `wrong` named another digit, `refused` had another status than 200, `failed` were broken or late by 10 s.',
    across(rightAnswers),
    'Processor milliseconds of the peer, with all its processes, for one right answer.',
    across(({ cpuMs, right }) => (right === 0 ? '-' : short(cpuMs))),
    'p50 and p99 in ms, of all answers.',
    across(({ p50Ms, p99Ms }) => `${short(p50Ms)} / ${short(p99Ms)}`),
    'From the start of the process to the first right answer, and memory (PSS) of the peer with all its processes.',
    beings,
    ...troublesOf(peers),
  ].join('\n\n');
}

function rightAnswers({ rightPerSecond, right, wrong, refused, failed }: Figures): string {
  const all = right + wrong + refused + failed;
  const shares = Object.entries({ wrong, refused, failed })
    .filter(([, count]) => count > 0)
    .map(
      ([name, count]) => `${((100 * count) / all).toFixed(count * 100 < all ? 2 : 0)} % ${name}`,
    );
  return [short(rightPerSecond), ...shares].join(', ');
}

function troublesOf(peers: readonly PeerFigures[]): string[] {
  const lines = peers.flatMap(({ peer, troubles }) =>
    troubles.map((trouble) => `- ${peer.title}: ${trouble}`),
  );
  return lines.length === 0 ? [] : ['What did not work:', lines.join('\n')];
}
