import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../src/errors.ts';
import { load as sendFromHere, requestBytes } from '../load.ts';
import { median } from '../machine.ts';
import type { Figures, Generator } from './generate.ts';
import { startPeer, type Peer, type RunningPeer } from './peer.ts';
import { treePssMiB } from './process-tree.ts';
import type { Question } from './questions.ts';
import type { Scene } from './scenes.ts';

export interface RoundsOptions {
  readonly peers: readonly Peer[];
  readonly scenes: readonly Scene[];
  readonly rounds: number;
  readonly seconds: number;
  readonly model: string;
  /** A folder in which each start gets one of its own. */
  readonly folder: string;
  readonly send: Generator;
  readonly report: (line: string) => void;
}

/** What one peer did in all rounds, in their middle. */
export interface PeerFigures {
  readonly peer: Peer;
  readonly startMs: number;
  readonly idleMiB: number;
  readonly loadedMiB: number;
  readonly scenes: ReadonlyMap<string, Figures>;
  /** What went wrong, once each. */
  readonly troubles: readonly string[];
}

interface Round {
  readonly startMs: number;
  readonly idleMiB: number;
  readonly loadedMiB: number;
  readonly scenes: ReadonlyMap<string, Figures>;
}

/** Every peer once, alone on the machine, and then all of them again. */
export async function measureRounds(options: RoundsOptions): Promise<PeerFigures[]> {
  const { peers, rounds } = options;
  const found = new Map<Peer, Round[]>(peers.map((peer) => [peer, []]));
  const troubles = new Map<Peer, Set<string>>(peers.map((peer) => [peer, new Set()]));
  for (let round = 0; round < rounds; round += 1) {
    for (const peer of peers) {
      const note = (trouble: string): void => {
        options.report(`${peer.name}: ${trouble}`);
        troubles.get(peer)!.add(trouble.split('\n')[0]!);
      };
      try {
        found.get(peer)!.push(await measureOnce(peer, round, options, note));
      } catch (error) {
        note(messageOf(error));
      }
    }
  }
  return peers.map((peer) => {
    const all = found.get(peer)!;
    const of = (key: 'startMs' | 'idleMiB' | 'loadedMiB'): number =>
      median(all.map((each) => each[key]));
    return {
      peer,
      startMs: of('startMs'),
      idleMiB: of('idleMiB'),
      loadedMiB: of('loadedMiB'),
      scenes: middles(all.map(({ scenes }) => scenes)),
      troubles: [...troubles.get(peer)!],
    };
  });
}

const isTaken = (peer: Peer, { name, form }: Scene): boolean =>
  peer.paths[form] !== undefined && (peer.takes?.(name) ?? !name.startsWith('photo'));

async function measureOnce(
  peer: Peer,
  round: number,
  options: RoundsOptions,
  note: (trouble: string) => void,
): Promise<Round> {
  const { scenes, send, report, model } = options;
  const taken = scenes.filter((scene) => isTaken(peer, scene));
  if (taken.length === 0) throw new Error('it takes none of these scenes');
  const folder = join(options.folder, `${peer.name}-${round}`);
  const first = await taken[0]!.question(round);
  const running = await startPeer(peer, { model, folder }, first);
  try {
    await sleep(SETTLE_MS);
    const idleMiB = treePssMiB(running.pid);
    await within(60_000, () => warmUp(running, first, FIRST_WARM_UP_SECONDS));
    const found = new Map<string, Figures>();
    for (const scene of taken) {
      const question = await scene.question(round);
      const seconds = Math.max(options.seconds, scene.leastSeconds ?? 0);
      try {
        const run = { running, question, seconds, send, before: found };
        const figures = await within((seconds + 60) * 1000, async () => {
          await warmUp(running, question, WARM_UP_SECONDS);
          return scene.measure(run);
        });
        found.set(scene.name, figures);
        report(`${peer.name}, ${scene.name}: ${inWords(figures)}`);
      } catch (error) {
        note(`${scene.name}: ${messageOf(error)}`);
      }
    }
    return {
      startMs: running.startMs,
      idleMiB,
      loadedMiB: treePssMiB(running.pid),
      scenes: found,
    };
  } finally {
    await running.stop();
  }
}

/** What comes of it, unless that takes longer: a peer that never answers must not hold up the others. */
async function within<Result>(limitMs: number, act: () => Promise<Result>): Promise<Result> {
  const timer = new AbortController();
  const late = sleep(limitMs, undefined, { signal: timer.signal }).then(() => {
    throw new Error(`nothing came of it in ${limitMs / 1000} s`);
  });
  // The timer is cancelled once there is a result.
  late.catch(() => {});
  try {
    return await Promise.race([act(), late]);
  } finally {
    timer.abort();
  }
}

/** A short load that nobody counts. */
async function warmUp(
  { port, pid, peer }: RunningPeer,
  { form, contentType, headers, body }: Question,
  seconds: number,
): Promise<void> {
  const request = requestBytes(peer.paths[form]!, contentType, body, headers);
  await sendFromHere({ port, pid }, request, WARM_UP_CONNECTIONS, seconds);
}

const SETTLE_MS = 500;
/** What compiles as it runs is measured when that is done; a server runs for days. */
const FIRST_WARM_UP_SECONDS = 6;
const WARM_UP_SECONDS = 0.7;
const WARM_UP_CONNECTIONS = 4;

const inWords = ({ rightPerSecond, p50Ms, p99Ms, cpuMs, wrong, refused }: Figures): string =>
  `${rightPerSecond.toFixed(1)} right/s, p50 ${p50Ms.toFixed(2)} ms, p99 ${p99Ms.toFixed(2)} ms, CPU ${cpuMs.toFixed(3)} ms, ${wrong} wrong, ${refused} refused`;

/** The middle of each figure over the rounds in which a scene was measured, and the sums of the counts. */
function middles(rounds: readonly ReadonlyMap<string, Figures>[]): Map<string, Figures> {
  const names = new Set(rounds.flatMap((round) => [...round.keys()]));
  return new Map(
    [...names].map((name): [string, Figures] => {
      const all = rounds.flatMap((round) => round.get(name) ?? []);
      const middle = (key: keyof Figures): number => median(all.map((each) => each[key]));
      const sum = (key: keyof Figures): number => all.reduce((total, each) => total + each[key], 0);
      return [
        name,
        {
          right: sum('right'),
          wrong: sum('wrong'),
          refused: sum('refused'),
          failed: sum('failed'),
          seconds: sum('seconds'),
          rightPerSecond: middle('rightPerSecond'),
          cpuMs: middle('cpuMs'),
          p50Ms: middle('p50Ms'),
          p99Ms: middle('p99Ms'),
        },
      ];
    }),
  );
}
