import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { CreateBucketCommand, HeadBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { startS3Server } from '../test/support/s3-server.ts';
import { brokenJpegs } from './faults/broken-jpegs.ts';
import { chanceOf, type FaultCase } from './faults/case.ts';
import { killingCases } from './faults/killing.ts';
import { startFaultProxy } from './faults/proxy.ts';
import { publishingCases } from './faults/publishing.ts';
import { servingCases } from './faults/serving.ts';

/**
 * What must hold while S3 fails, while versions, images and batches come and go, and of files that are broken: the long form,
 * with figures.
 */
const usage = `npm run test:faults -- [--endpoint URL] [--seconds N] [--only WORD]

  --endpoint  another S3 server, with the usual AWS_ credentials; without it the strict one of the tests
  --seconds   how long each of the cases that last takes (300)
  --only      cases whose name has this word`;

const { values } = parseArgs({
  options: {
    endpoint: { type: 'string' },
    seconds: { type: 'string', default: '300' },
    only: { type: 'string', default: '' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(usage);
  process.exit(0);
}

const own = values.endpoint === undefined ? await startS3Server() : undefined;
const endpoint = own?.endpoint ?? values.endpoint!;
const bucket = own?.bucket ?? `glimpse-faults-${randomUUID().slice(0, 8)}`;
if (own) Object.assign(process.env, own.env);
else await makeBucket();
const proxy = await startFaultProxy(endpoint);
const all: readonly FaultCase[] = [
  ...publishingCases,
  ...killingCases,
  ...servingCases,
  brokenJpegs,
];
const chosen = all.filter(({ name }) => name.includes(values.only));

console.log(`faults in front of ${own ? 'the strict S3 server of the tests' : endpoint}\n`);
let broken = 0;
for (const one of chosen) {
  const { name } = one;
  const folder = await mkdtemp(join(tmpdir(), 'glimpse-faults-'));
  const startedAt = performance.now();
  const seconds = Number(values.seconds);
  const bench = { proxy, bucket, folder, random: chanceOf(name), seconds };
  const { held, figures } = await one.run(bench).catch((error: unknown) => ({
    held: false,
    figures: error instanceof Error ? (error.stack ?? error.message) : String(error),
  }));
  proxy.clear();
  if (!held) broken += 1;
  const took = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(`${held ? 'held  ' : 'BROKEN'}  ${name} (${took} s)\n        ${figures}`);
  // A case that failed may still write there.
  await rm(folder, { recursive: true, force: true }).catch(() => {});
}
console.log(`\n${chosen.length - broken} passed, ${broken} failed`);
await proxy.close();
await own?.close();
process.exit(broken === 0 ? 0 : 1);

async function makeBucket(): Promise<void> {
  const region = process.env['AWS_REGION'] ?? 'us-east-1';
  const client = new S3Client({ endpoint, region, forcePathStyle: true });
  await client
    .send(new HeadBucketCommand({ Bucket: bucket }))
    .catch(() => client.send(new CreateBucketCommand({ Bucket: bucket })));
  client.destroy();
}
