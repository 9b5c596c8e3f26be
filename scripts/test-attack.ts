import { parseArgs } from 'node:util';
import { bodyAttacks } from './attack/bodies.ts';
import { availabilityAttacks } from './attack/availability.ts';
import { browserAttacks } from './attack/browsers.ts';
import { connectionAttacks } from './attack/connections.ts';
import { datasetAttacks } from './attack/datasets.ts';
import { growthAttacks } from './attack/growth.ts';
import { imageAttacks } from './attack/images.ts';
import { keyAttacks } from './attack/keys.ts';
import { modelAttacks } from './attack/models.ts';
import { methodAttack, pathAttack } from './attack/paths.ts';
import { timingAttack } from './attack/timing.ts';
import { tokenAttack } from './attack/tokens.ts';
import type { Attack, AttackContext } from './attack/attack.ts';
import { addCallers } from './attack/callers.ts';
import { memoryBudgetBytes, startOwnServer, type OwnServer } from './attack/own-server.ts';
import { startWitness, type Witness } from './attack/observe.ts';
import { loopbackOrigin } from './attack/wire.ts';
import { tableOf, tryAttack, type Trial } from './attack/trial.ts';
import { chosenBy } from './foreign/chosen.ts';
import { compileWhenStale } from './compile.mjs';

/**
 * `npm run test:attack`: tries everything a hostile client, model, store or host may do, against a server it starts or one of
 * somebody's own on this machine, and prints what held. Takes some minutes and 400 MB of traffic on the loopback.
 */
const usage = `npm run test:attack -- [--only WORD] [--url http://127.0.0.1:8080 --keys-file keys.json]

  --only       attacks whose group or name holds this word
  --url        a server of your own on the loopback, instead of one that is started; it may not survive
  --keys-file  its GLIMPSE_KEYS_FILE: keys for the attacks are added, and removed afterwards`;

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    url: { type: 'string' },
    'keys-file': { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(usage);
  process.exit(0);
}

const all: readonly Attack[] = [
  ...keyAttacks,
  tokenAttack,
  pathAttack,
  methodAttack,
  timingAttack,
  ...browserAttacks,
  ...datasetAttacks,
  ...bodyAttacks,
  ...imageAttacks,
  ...connectionAttacks,
  ...growthAttacks,
  ...modelAttacks,
  ...availabilityAttacks,
];
const attacks = chosenBy([values.only], all, ({ group, name }) => `${group} ${name}`);

/** A server with a process that watches it. */
interface Watched {
  readonly own: OwnServer;
  readonly witness: Witness;
}

async function startWatched(): Promise<Watched> {
  const own = await startOwnServer();
  const witness = await startWitness({ url: own.url, key: own.callers.neighbour, pid: own.pid });
  return { own, witness };
}

async function stopWatched({ own, witness }: Watched): Promise<void> {
  witness.stop();
  await own.stop();
}

/** Tries the attacks of one group on one server, and goes on with a new one when it died. */
async function tryAll(attacks: readonly Attack[]): Promise<Trial[]> {
  const trials: Trial[] = [];
  let watched = await startWatched();
  for (const attack of attacks) {
    if (!watched.own.isAlive()) {
      await stopWatched(watched);
      watched = await startWatched();
    }
    const { own, witness } = watched;
    trials.push(await tryOne(attack, { url: own.url, callers: own.callers, own }, witness));
  }
  await stopWatched(watched);
  return trials;
}

async function tryOne(
  attack: Attack,
  attacked: Omit<AttackContext, 'startServer'>,
  witness: Witness,
): Promise<Trial> {
  const further: OwnServer[] = [];
  const context: AttackContext = {
    ...attacked,
    async startServer(options) {
      const server = await startOwnServer(options);
      further.push(server);
      return server;
    },
  };
  try {
    const trial = await tryAttack(attack, context, witness);
    console.log(`${trial.verdict.padEnd(9)} ${attack.group}: ${attack.name} (${trial.figures})`);
    return trial;
  } finally {
    for (const server of further.toReversed()) await server.stop();
  }
}

async function tryOn(url: string, keysFile: string): Promise<Trial[]> {
  const { callers, remove } = await addCallers(keysFile);
  const witness = await startWitness({ url, key: callers.neighbour });
  const trials: Trial[] = [];
  try {
    for (const attack of attacks) {
      trials.push(await tryOne(attack, { url, callers, own: undefined }, witness));
    }
  } finally {
    witness.stop();
    await remove();
  }
  return trials;
}

async function tryGroups(): Promise<Trial[]> {
  compileWhenStale();
  const trials: Trial[] = [];
  for (const group of new Set(attacks.map(({ group }) => group))) {
    trials.push(...(await tryAll(attacks.filter((attack) => attack.group === group))));
  }
  return trials;
}

const url = values.url === undefined ? undefined : loopbackOrigin(values.url);
if (values.url !== undefined && url === undefined) {
  console.error(`${values.url} is not http on the loopback, and nothing else is attacked.`);
  process.exit(2);
}
if (url !== undefined && values['keys-file'] === undefined) {
  console.error(`--url needs --keys-file.\n\n${usage}`);
  process.exit(2);
}
// An ordinary exit stops the servers.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.once(signal, () => process.exit(130));
const startedAt = Date.now();
const trials = await (url === undefined ? tryGroups() : tryOn(url, values['keys-file']!));
const count = (verdict: Trial['verdict']): number =>
  trials.filter((trial) => trial.verdict === verdict).length;
console.log(`\n${tableOf(trials)}\n`);
console.log(
  `${count('held')} held, ${count('NOT HELD')} not held, ${count('not tried')} not tried, in ${Math.round((Date.now() - startedAt) / 1000)} s; memory budget ${memoryBudgetBytes / 2 ** 20} MiB, Node ${process.version}`,
);
if (count('NOT HELD') > 0) process.exitCode = 1;
process.exit();
