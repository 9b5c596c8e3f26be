import { Agent } from 'node:http';
import type { Attack } from './attack.ts';
import { apiKey, send } from './wire.ts';

const rounds = 800;
/** A difference that chance hardly makes: four standard deviations of the rank sum of Mann and Whitney. */
const mostDeviations = 4;
/** Below this nobody learns anything over a network. */
const fewestMs = 0.02;

/** Guesses that know more or less of a key, in turns, so that whatever slows the machine slows them alike. */
async function timesOf(url: string, guesses: readonly string[]): Promise<number[][]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const times = guesses.map((): number[] => []);
  for (let round = 0; round < rounds; round += 1) {
    for (let turn = 0; turn < guesses.length; turn += 1) {
      const which = (turn + round) % guesses.length;
      const startedAt = performance.now();
      await send(url, { path: '/train', headers: apiKey(guesses[which]!), agent });
      times[which]!.push(performance.now() - startedAt);
    }
  }
  agent.destroy();
  return times;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

/** By how many standard deviations the rank sum of the first differs from what chance gives on average. */
function deviations(first: readonly number[], second: readonly number[]): number {
  const [n, m] = [first.length, second.length];
  const all = [
    ...first.map((value) => ({ value, isFirst: true })),
    ...second.map((value) => ({ value, isFirst: false })),
  ];
  all.sort((a, b) => a.value - b.value);
  const sum = all.reduce((total, { isFirst }, rank) => total + (isFirst ? rank + 1 : 0), 0);
  const expected = (n * (n + m + 1)) / 2;
  return (sum - expected) / Math.sqrt((n * m * (n + m + 1)) / 12);
}

export const timingAttack: Attack = {
  name: 'how long a refusal takes: an unknown key, a known id, a longer right beginning of the secret',
  group: 'keys',
  async run({ url, callers: { admin, unknown, wrongSecret } }) {
    const nearlyRight = `${admin.slice(0, -2)}${admin.endsWith('AA') ? 'BB' : 'AA'}`;
    const [ofUnknown, ofId, ofBeginning] = await timesOf(url, [unknown, wrongSecret, nearlyRight]);
    const compare = (name: string, first: number[], second: number[]) => {
      const z = deviations(first, second);
      const ms = median(second) - median(first);
      return {
        held: Math.abs(z) < mostDeviations || Math.abs(ms) < fewestMs,
        text: `${name} ${(ms * 1000).toFixed(0)} us (${z.toFixed(1)} deviations)`,
      };
    };
    const found = [
      compare('known id', ofUnknown!, ofId!),
      compare('beginning', ofId!, ofBeginning!),
    ];
    return {
      held: found.every(({ held }) => held),
      figures: `${rounds} each, median ${median(ofUnknown!).toFixed(2)} ms: ${found.map(({ text }) => text).join(', ')}`,
    };
  },
};
