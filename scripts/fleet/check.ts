import { setTimeout as sleep } from 'node:timers/promises';
import { Check } from 'typebox/schema';
import { Type } from '../../src/schema/builder.ts';
import type { S3Server } from '../../test/support/s3-server.ts';
import type { Kept } from './kept-process.ts';

/** A job that a server has answered for. */
export interface Accepted {
  readonly id: string;
  readonly seed: number;
}

export interface FleetResult {
  readonly accepted: readonly Accepted[];
  readonly servers: readonly Kept[];
  /** A server of its own, that has trained nothing yet. */
  readonly alone: Kept;
  readonly objects: S3Server['objects'];
}

const JobSchema = Type.Object({
  id: Type.String(),
  state: Type.String(),
  attempts: Type.Integer(),
  version: Type.Optional(Type.Integer()),
  error: Type.Optional(Type.Object({ code: Type.String(), message: Type.String() })),
});
const JobsSchema = Type.Object({ jobs: Type.Array(JobSchema) });
const ManifestSchema = Type.Object({
  version: Type.Integer(),
  files: Type.Array(Type.Object({ path: Type.String(), sha256: Type.String() })),
  lineage: Type.Object({ job: Type.Optional(Type.String()) }),
});
const END_MS = 240_000;

/** Says what is wrong, if anything: true when something is. */
export async function checkFleet(fleet: FleetResult): Promise<boolean> {
  const jobs = await allEnded(fleet);
  const wrong: string[] = [];
  const published = new Map<string, { version: number; model: string }[]>();
  for (const [key, { body }] of fleet.objects) {
    if (!/\/fleet\/\d+\/manifest\.json$/.test(`/${key}`)) continue;
    const manifest: unknown = JSON.parse(Buffer.from(body).toString('utf8'));
    if (!Check(ManifestSchema, manifest)) throw new Error(`${key} is no manifest`);
    const { job = '' } = manifest.lineage;
    const model = manifest.files.find(({ path }) => path === 'model.onnx')?.sha256 ?? '';
    const before = published.get(job) ?? [];
    published.set(job, [...before, { version: manifest.version, model }]);
  }
  const expected = await trainedAlone(fleet);
  for (const { id, seed } of fleet.accepted) {
    const job = jobs.get(id);
    const made = published.get(id) ?? [];
    if (job?.state !== 'succeeded') wrong.push(`${id} is ${JSON.stringify(job ?? 'lost')}`);
    if (made.length !== 1) wrong.push(`${id} was published ${made.length} times`);
    if (made[0]?.version !== job?.version) wrong.push(`${id} names another version`);
    if (made[0]?.model !== expected.get(seed)) wrong.push(`${id} has other bytes`);
  }
  const attempts = [...jobs.values()].map((job) => job.attempts);
  const again = attempts.filter((count) => count > 1).length;
  console.log(
    `${jobs.size} jobs ended, ${again} of them begun more than once (at most ${Math.max(0, ...attempts)} times)`,
  );
  for (const one of wrong) console.error(`WRONG: ${one}`);
  console.log(wrong.length === 0 ? 'held: none lost, none published twice, all bytes equal' : '');
  return wrong.length > 0;
}

async function allEnded({ accepted, servers }: FleetResult) {
  const until = performance.now() + END_MS;
  for (;;) {
    const lists = await Promise.all(servers.map(listOf)).catch(() => []);
    const [first = []] = lists;
    const ended = first.filter(({ state }) => /^(succeeded|failed|cancelled)$/.test(state));
    const ids = lists.map((jobs) => JSON.stringify(jobs.map(({ id, state }) => [id, state])));
    const isSame = lists.length === servers.length && new Set(ids).size === 1;
    if ((isSame && ended.length >= accepted.length) || performance.now() > until) {
      if (!isSame) console.error('WRONG: servers do not tell the same of the jobs');
      return new Map(first.map((job) => [job.id, job]));
    }
    await sleep(1_000);
  }
}

async function listOf(server: Kept) {
  const answer = await server.get('/train');
  if (!Check(JobsSchema, answer)) throw new Error(`${server.name} tells no jobs`);
  return answer.jobs;
}

/** The digest of the model by the seed of its training. */
async function trainedAlone({ accepted, alone }: FleetResult): Promise<Map<number, string>> {
  const digests = new Map<number, string>();
  for (const seed of new Set(accepted.map((one) => one.seed))) {
    const request = { model: 'fleet', epochs: 40, seed };
    const job = await alone.post('/train', request, undefined, 'wait=60');
    if (!Check(JobSchema, job)) throw new Error(`alone: ${JSON.stringify(job)}`);
    const found = await alone.get(`/models/fleet/versions/${job.version}`);
    const described = Type.Object({ manifest: ManifestSchema });
    const manifest = Check(described, found) ? found.manifest : found;
    if (!Check(ManifestSchema, manifest)) throw new Error(`alone: ${JSON.stringify(found)}`);
    digests.set(seed, manifest.files.find(({ path }) => path === 'model.onnx')!.sha256);
  }
  return digests;
}
