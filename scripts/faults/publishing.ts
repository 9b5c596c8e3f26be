import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { isGlimpseError } from '../../src/errors.ts';
import type { Publication, Repository } from '../../src/repository/repository.ts';
import type { Effect } from '../../test/support/s3/faults.ts';
import { tinyDraft } from '../../test/support/tiny-version.ts';
import { flawsOf, newPlace, type Bench, type FaultCase, type Outcome } from './case.ts';

/** All that may happen to a call; bodies are cut, stalled and bent as well. */
const everything: readonly Effect[] = [
  { kind: 'refuse', status: 503, code: 'SlowDown' },
  { kind: 'refuse', status: 500, code: 'InternalError' },
  { kind: 'reset' },
  { kind: 'loseAnswer' },
  { kind: 'delay', ms: 1_200 },
  { kind: 'stall', afterBytes: 10 },
  { kind: 'cut', afterBytes: 10 },
  { kind: 'flip', at: 20 },
  { kind: 'page', status: 503 },
];

/** Publishes a draft until it is there, as a training does. */
async function publishAnyhow(repository: Repository, label: string): Promise<number> {
  let claimed: number | undefined;
  const draft = await tinyDraft({ label });
  const writerId = randomUUID();
  for (let tries = 0; ; tries += 1) {
    const publication: Publication = {
      writerId,
      wasTried: tries > 0,
      claimed,
      onClaimed: async (version) => void (claimed = version),
    };
    try {
      return (await repository.publish(draft, undefined, publication)).version;
    } catch (error) {
      if (!isGlimpseError(error) || tries === 100) throw error;
      await sleep(20);
    }
  }
}

/** Reads versions as they come, and counts those that were there and not whole. */
function watchVersions(repository: Repository, model: string) {
  const done = new AbortController();
  const halves: string[] = [];
  let reads = 0;
  const watching = (async () => {
    while (!done.signal.aborted) {
      try {
        for (const version of (await repository.versions(model)).slice(-2)) {
          await repository.open(model, version);
          reads += 1;
        }
      } catch (error) {
        const isAway = isGlimpseError(error) && error.code === 'GLIMPSE_STORE_UNAVAILABLE';
        // Bytes that were bent twice on their way are refused, and asked for again.
        const isBent = isGlimpseError(error) && error.code === 'GLIMPSE_CHECKSUM_MISMATCH';
        if (!isAway && !isBent && !isBentManifest(error)) halves.push(String(error));
      }
      await sleep(10);
    }
  })();
  return {
    async stop() {
      done.abort();
      await watching;
      return { halves, reads };
    },
  };
}

/** A manifest is the one file whose digest nobody knows: of a bent byte it is no manifest any more. */
function isBentManifest(error: unknown): boolean {
  return isGlimpseError(error) && error.code === 'GLIMPSE_MANIFEST_INVALID';
}

const storm: FaultCase = {
  name: 'a fifth of all calls fails, in nine ways',
  async run(bench) {
    const place = newPlace(bench);
    const publishers = [place.open(), place.open()];
    await publishers[0]!.publish(await tinyDraft());
    const reader = watchVersions(place.open(), 'digits');
    const labeller = place.open();
    bench.proxy.storm(0.2, everything, bench.random);
    const from = bench.proxy.calls.length;
    const versions: number[] = [];
    const each = publishers.map(async (repository, who) => {
      for (let round = 0; round < 12; round += 1) {
        versions.push(await publishAnyhow(repository, `p${who}-${round}`));
      }
    });
    let moved = 0;
    const labels = (async () => {
      for (let round = 0; round < 20; round += 1) {
        const change = { model: 'digits', label: `l${round}`, version: 1 };
        moved += await labeller.setLabel(change).then(
          () => 1,
          () => 0,
        );
      }
    })();
    await Promise.all([...each, labels]);
    const { halves, reads } = await reader.stop();
    bench.proxy.clear();
    const calls = bench.proxy.calls.length - from;
    const flaws = await flawsOf(place.open(), 'digits');
    const found = await labeller.labels('digits');
    const names = Object.keys(typeof found === 'object' ? found.labels : {});
    const lost = 24 - names.filter((name) => name.startsWith('p')).length;
    const own = names.filter((name) => name.startsWith('l') && name !== 'latest').length;
    await place.close();
    const isHeld =
      halves.length === 0 &&
      flaws.length === 0 &&
      new Set(versions).size === 24 &&
      lost === 0 &&
      own >= moved;
    return {
      held: isHeld,
      figures: `24 published, ${new Set(versions).size} numbers, ${calls} calls, ${reads} whole versions read, ${halves.length} halves, ${lost} labels lost${told([...flaws, ...halves])}`,
    };
  },
};

const races: FaultCase = {
  name: 'two publishers race, and conditional answers are lost',
  async run(bench) {
    const place = newPlace(bench);
    const rivals = [place.open(), place.open()];
    let twice = 0;
    const rounds = 50;
    for (let round = 0; round < rounds; round += 1) {
      // Of one of the two, by turns: its claim, its manifest, or its labels.
      const matching = [/_claim\.json/, /manifest\.json/, /labels\.json/][round % 3]!;
      bench.proxy.fault({ effect: { kind: 'loseAnswer' }, method: 'PUT', matching });
      const numbers = await Promise.all(
        rivals.map((repository, who) => publishAnyhow(repository, `r${who}-${round % 20}`)),
      );
      if (numbers[0] === numbers[1]) twice += 1;
    }
    bench.proxy.clear();
    const reader = place.open();
    const versions = await reader.versions('digits');
    const flaws = await flawsOf(reader, 'digits');
    await place.close();
    return {
      held: twice === 0 && versions.length === 2 * rounds && flaws.length === 0,
      figures: `${rounds} rounds, ${versions.length} versions up to number ${versions.at(-1)}, ${twice} numbers twice${told(flaws)}`,
    };
  },
};

const lostAnswers: FaultCase = {
  name: 'the answer to a conditional write is lost: ours, or of another',
  async run(bench) {
    const wrong: string[] = [];
    let tried = 0;
    for (const file of ['_claim.json', 'manifest.json', 'labels.json']) {
      for (const whose of ['ours', 'another']) {
        const place = newPlace(bench);
        const [one, other] = [place.open(), place.open()];
        await one.publish(await tinyDraft());
        const matching = new RegExp(file.replace('.', String.raw`\.`));
        // Before ours is done somebody else does theirs: then the lost answer was a refusal.
        let rival: Promise<unknown> = Promise.resolve();
        const strike = () => {
          if (whose === 'another') rival = other.publish(draft);
        };
        const draft = await tinyDraft();
        bench.proxy.fault({ effect: { kind: 'loseAnswer' }, method: 'PUT', matching, strike });
        const { version } = await one.publish(draft);
        await rival;
        const versions = await one.versions('digits');
        const expected = whose === 'ours' ? [1, 2] : [1, 2, 3];
        tried += 1;
        if (versions.join() !== expected.join() || !versions.includes(version)) {
          wrong.push(`${file} of ${whose}: ${versions.join()}`);
        }
        wrong.push(...(await flawsOf(one, 'digits')));
        await place.close();
      }
    }
    return { held: wrong.length === 0, figures: `${tried} ways${told(wrong)}` };
  },
};

const lagging: FaultCase = {
  name: 'listings lag three seconds behind',
  async run(bench) {
    const place = newPlace(bench);
    const publishers = [place.open(), place.open()];
    await publishers[0]!.publish(await tinyDraft());
    await publishers[0]!.versions('digits');
    bench.proxy.lagListings(3_000);
    const numbers: number[] = [];
    for (let round = 0; round < 20; round += 1) {
      numbers.push(await publishAnyhow(publishers[round % 2]!, `g${round}`));
    }
    bench.proxy.clear();
    const flaws = await flawsOf(place.open(), 'digits');
    await place.close();
    const distinct = new Set(numbers).size;
    return {
      held: distinct === 20 && flaws.length === 0,
      figures: `20 published, ${distinct} numbers${told(flaws)}`,
    };
  },
};

const refusals: FaultCase = {
  name: 'no bucket, no right, expired credentials, a page: told, and over when it is over',
  async run(bench: Bench): Promise<Outcome> {
    const place = newPlace(bench);
    const repository = place.open({ maxAttempts: 1 });
    await repository.publish(await tinyDraft());
    const wrong: string[] = [];
    const kinds: [Effect, RegExp][] = [
      [{ kind: 'refuse', status: 404, code: 'NoSuchBucket' }, /no such bucket/],
      [{ kind: 'refuse', status: 403, code: 'AccessDenied' }, /s3:ListBucket/],
      [{ kind: 'refuse', status: 400, code: 'ExpiredToken' }, /have expired/],
      [{ kind: 'refuse', status: 403, code: 'RequestTimeTooSkewed' }, /clock/],
      [{ kind: 'refuse', status: 301, code: 'PermanentRedirect' }, /GLIMPSE_S3_REGION/],
      [{ kind: 'page', status: 200 }, /GLIMPSE_S3_ENDPOINT/],
    ];
    for (const [effect, told] of kinds) {
      bench.proxy.fault({ effect, times: 5 });
      const said = await repository.versions('digits').then(String, String);
      if (!told.test(said)) wrong.push(said);
      bench.proxy.clear();
      const versions = await repository.versions('digits');
      if (versions.join() !== '1') wrong.push(`afterwards ${versions.join()}`);
    }
    await place.close();
    return { held: wrong.length === 0, figures: `${kinds.length} refusals${told(wrong)}` };
  },
};

function told(flaws: readonly string[]): string {
  return flaws.length === 0 ? '' : `; WRONG: ${flaws.slice(0, 3).join(' | ')}`;
}

/** What happens to those who publish and read. */
export const publishingCases: readonly FaultCase[] = [storm, races, lostAnswers, lagging, refusals];
