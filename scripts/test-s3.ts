import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

/**
 * Runs the store's and the repository's contract against a real S3 endpoint, with the usual AWS_
 * credentials. It writes under one prefix of the bucket (made if it is not there) and cleans up.
 */
const usage = `npm run test:s3 -- [--endpoint URL] [--bucket NAME] [--region NAME] [vitest's options]

  --endpoint  an S3-compatible server; without it, AWS itself
  --bucket    the bucket to work in (glimpse-test)
  --region    the region (AWS_REGION, or us-east-1 with an endpoint)`;

const ours = {
  endpoint: { type: 'string', default: '' },
  bucket: { type: 'string', default: 'glimpse-test' },
  region: { type: 'string', default: '' },
  help: { type: 'boolean', default: false },
} as const;
const { values, tokens } = parseArgs({
  options: ours,
  strict: false,
  allowPositionals: true,
  tokens: true,
});
if (values.help) {
  console.log(usage);
  process.exit(0);
}
const theirs = tokens.flatMap((token) => {
  if (token.kind === 'positional') return [token.value];
  if (token.kind !== 'option' || Object.hasOwn(ours, token.name)) return [];
  return [token.value === undefined ? token.rawName : `${token.rawName}=${token.value}`];
});
const { status } = spawnSync(
  'npx',
  ['vitest', 'run', '--config', 'vitest.s3.config.ts', ...theirs],
  {
    stdio: 'inherit',
    env: {
      ...process.env,
      TEST_S3_ENDPOINT: String(values.endpoint),
      TEST_S3_BUCKET: String(values.bucket),
      ...(values.region === '' ? {} : { AWS_REGION: String(values.region) }),
    },
  },
);
process.exit(status ?? 1);
