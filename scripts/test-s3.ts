import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

/**
 * Runs the store's and the repository's contract against a real S3 endpoint, with the usual AWS_
 * credentials. It writes under one prefix of the bucket (made if it is not there) and cleans up.
 */
const usage = `npm run test:s3 -- [--endpoint URL] [--bucket NAME] [--region NAME]

  --endpoint  an S3-compatible server; without it, AWS itself
  --bucket    the bucket to work in (glimpse-test)
  --region    the region (AWS_REGION, or us-east-1 with an endpoint)`;

const { values } = parseArgs({
  options: {
    endpoint: { type: 'string', default: '' },
    bucket: { type: 'string', default: 'glimpse-test' },
    region: { type: 'string', default: '' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(usage);
  process.exit(0);
}
const { status } = spawnSync('npx', ['vitest', 'run', '--config', 'vitest.s3.config.ts'], {
  stdio: 'inherit',
  env: {
    ...process.env,
    TEST_S3_ENDPOINT: values.endpoint,
    TEST_S3_BUCKET: values.bucket,
    ...(values.region === '' ? {} : { AWS_REGION: values.region }),
  },
});
process.exit(status ?? 1);
