import { setPriority } from 'node:os';
import { parseArgs } from 'node:util';
import { bodyAttacks } from './attack/bodies.ts';
import { connectionAttacks } from './attack/connections.ts';
import { growthAttacks } from './attack/growth.ts';
import { keyAttacks } from './attack/keys.ts';
import { tokenAttack } from './attack/tokens.ts';
import type { Attack, AttackContext } from './attack/attack.ts';
import { addCallers, type Callers } from './attack/callers.ts';
import { memoryBudgetBytes, startOwnServer, type OwnServer } from './attack/own-server.ts';
import { startWitness } from './attack/observe.ts';
import { tableOf, tryAttack, type Trial } from './attack/trial.ts';
import { compileWhenStale } from './compile.mjs';

/**
 * `npm run test:attack`: tries everything a hostile client, model, store or host may do, against a server it starts or one of
 * somebody's own on this machine, and prints what held. Takes some minutes and 300 MB of traffic on the loopback.
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
  ...bodyAttacks,
  ...connectionAttacks,
  ...growthAttacks,
];
const attacks = all.filter(({ group, name }) => `${group} ${name}`.includes(values.only));

/** Only a server on this machine is attacked, and so nobody else's. */
function loopbackUrl(text: string): string {
  const { protocol, hostname, origin } = new URL(text);
  const isLoopback =
    hostname === 'localhost' || /^127(?:\.\d+){3}$/.test(hostname) || hostname === '[::1]';
  if (protocol !== 'http:' || !isLoopback) {
    console.error(`${text} is not http on the loopback, and nothing else is attacked.`);
    process.exit(2);
  }
  return origin;
}

/** Tries the attacks of one group on one server, and goes on with a new one when it died. */
async function tryAll(attacks: readonly Attack[]): Promise<Trial[]> {
  const trials: Trial[] = [];
  let own = await startOwnServer();
  for (const attack of attacks) {
    if (!own.isAlive()) {
      await own.stop();
      own = await startOwnServer();
    }
    trials.push(await tryOne(attack, { url: own.url, callers: own.callers, own }));
  }
  await own.stop();
  return trials;
}

async function tryOne(
  attack: Attack,
  attacked: { url: string; callers: Callers; own: OwnServer | undefined },
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
  const { url, callers, own } = attacked;
  const witness = startWitness({ url, key: callers.neighbour, pid: own?.pid });
  try {
    const trial = await tryAttack(attack, context, witness);
    console.log(`${trial.verdict.padEnd(9)} ${attack.group}: ${attack.name} (${trial.figures})`);
    return trial;
  } finally {
    witness.stop();
    for (const server of further) await server.stop();
  }
}

async function tryOn(url: string, keysFile: string): Promise<Trial[]> {
  const { callers, remove } = await addCallers(keysFile);
  const trials: Trial[] = [];
  try {
    for (const attack of attacks)
      trials.push(await tryOne(attack, { url, callers, own: undefined }));
  } finally {
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

// In life an attacker has a machine of its own.
setPriority(10);
const url = values.url === undefined ? undefined : loopbackUrl(values.url);
if (url !== undefined && values['keys-file'] === undefined) {
  console.error(`--url needs --keys-file.\n\n${usage}`);
  process.exit(2);
}
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
