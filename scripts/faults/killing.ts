import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Effect } from '../../test/support/s3/faults.ts';
import { tinyDraft } from '../../test/support/tiny-version.ts';
import { flawsOf, newPlace, type Bench, type FaultCase } from './case.ts';

const program = fileURLToPath(new URL('publisher.ts', import.meta.url));

/** The writes of a publication, in their order: claim, model, golden sample, manifest, labels. */
const writes = 5;

/** Runs a publisher that is killed at one of its writes; what it has claimed, and whether it was killed. */
async function killedAt(
  write: number,
  effect: Effect,
  { bench, uri, writerId }: { bench: Bench; uri: string; writerId: string },
): Promise<{ readonly claimed: number | undefined; readonly wasKilled: boolean }> {
  const { proxy, folder } = bench;
  const args = [uri, proxy.endpoint, writerId, join(folder, randomUUID())];
  const child = spawn(process.execPath, ['--import', 'tsx', program, ...args], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  const matching = /PUT .*\/digits\//;
  if (write > 1) proxy.fault({ effect: { kind: 'delay', ms: 0 }, matching, times: write - 1 });
  const strike = () => void child.kill('SIGKILL');
  proxy.fault({ effect, matching, strike });
  const signal = await new Promise((resolve) => child.on('close', (_, name) => resolve(name)));
  proxy.clear();
  const claimed = /claimed (\d+)/.exec(said)?.[1];
  return {
    claimed: claimed === undefined ? undefined : Number(claimed),
    wasKilled: signal === 'SIGKILL',
  };
}

const killed: FaultCase = {
  name: 'a publisher is killed between every two of its writes',
  async run(bench) {
    const wrong: string[] = [];
    let kills = 0;
    const place = newPlace(bench);
    const repository = place.open();
    await repository.publish(await tinyDraft());
    const kinds: readonly Effect[] = [{ kind: 'reset' }, { kind: 'loseAnswer' }];
    for (const effect of kinds) {
      for (let write = 1; write <= writes; write += 1) {
        const writerId = randomUUID();
        const where = `write ${write} ${effect.kind === 'reset' ? 'before' : 'after'}`;
        const before = await repository.versions('digits');
        const { claimed, wasKilled } = await killedAt(write, effect, {
          bench,
          uri: place.uri,
          writerId,
        });
        if (wasKilled) kills += 1;
        else wrong.push(`${where}: nobody was killed`);
        // What is there is whole, whoever died; and somebody else goes on.
        for (const version of await repository.versions('digits')) {
          await repository.open('digits', version);
        }
        await repository.publish(await tinyDraft());
        const again = { writerId, wasTried: true, claimed };
        const draft = await tinyDraft({ label: 'killed' });
        const { version } = await repository.publish(draft, undefined, again);
        const after = await repository.versions('digits');
        if (after.length !== before.length + 2) wrong.push(`${where}: ${after.join()}`);
        const found = await repository.labels('digits');
        const pointed = typeof found === 'object' ? found.labels['killed'] : undefined;
        if (pointed !== version) wrong.push(`${where}: the label is on ${pointed}`);
      }
    }
    const flaws = [...wrong, ...(await flawsOf(repository, 'digits'))];
    const numbers = await repository.versions('digits');
    await place.close();
    return {
      held: flaws.length === 0,
      figures: `${kills} killed and published again, ${numbers.length} versions up to number ${numbers.at(-1)}${flaws.length === 0 ? '' : `; WRONG: ${flaws.slice(0, 3).join(' | ')}`}`,
    };
  },
};

/** What happens to whole processes that publish. */
export const killingCases: readonly FaultCase[] = [killed];
