import { App, Stack } from 'aws-cdk-lib';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { GlimpseService } from '../src/glimpse-service.ts';
import { readSettings, settingsOfFile } from '../src/read-settings.ts';
import { defaultSettings } from '../src/settings.ts';

const network = {
  vpcId: 'vpc-1',
  availabilityZones: ['a', 'b'],
  publicSubnetIds: ['p1', 'p2'],
  privateSubnetIds: ['s1', 's2'],
  privateRouteTableIds: ['r1', 'r2'],
  s3Endpoint: true,
};

/** What nobody should deploy, and what is said of it. */
const refused: readonly [what: string, given: unknown, sentence: string][] = [
  ['what is no object', [], 'The settings are a JSON object.'],
  ['a setting that is none', { immage: 'x:1' }, 'immage is no setting; there are name, image,'],
  [
    'one that is none inside of another',
    { tasks: { least: 2 } },
    'tasks.least is no setting; there are min, max.',
  ],
  ['another kind of value', { cpu: '1024' }, 'cpu is a number, not "1024".'],
  [
    'a word that is no choice',
    { architecture: 'arm' },
    'architecture is one of ARM64, X86_64, not "arm".',
  ],
  ['a list that is none', { models: 'digits' }, 'models is a list of texts.'],
  [
    'texts that are none',
    { environment: { GLIMPSE_PROCESSES: 2 } },
    'environment is an object of texts.',
  ],
  ['null where there is a default', { image: null }, 'image is a string, not null.'],
  [
    'half a network',
    { network: { vpcId: 'vpc-1' } },
    'network.privateSubnetIds is missing: a given network is described whole.',
  ],
  ['a name of a stack that is none', { name: 'Our Glimpse' }, 'name is 1 to 31 small letters'],
  [
    'an image without a version',
    { image: 'glimpse' },
    'image names a version, by a tag other than latest',
  ],
  [
    'the image that is latest',
    { image: 'glimpse:latest' },
    'would be another program after every restart',
  ],
  [
    'a prefix with slashes',
    { prefix: '/models/' },
    'prefix is a path without slashes at its ends, not "/models/".',
  ],
  [
    'a bucket as an address',
    { bucketName: 's3://models' },
    'bucketName is the name of a bucket, not "s3://models".',
  ],
  ['no model', { models: [] }, 'models names at least one model'],
  [
    'more models than a policy takes',
    { models: Array.from({ length: 11 }, (_, at) => `m${at}`) },
    'models names at most 10 models',
  ],
  [
    'a size that Fargate has not',
    { cpu: 1024, memoryMiB: 1024 },
    'memoryMiB beside cpu 1024 is 2048 to 8192 in steps of 1024, not 1024.',
  ],
  [
    'a processor that Fargate has not',
    { cpu: 1000 },
    'cpu is one of 512, 1024, 2048, 4096, 8192, 16384, not 1000.',
  ],
  ['less than one task', { tasks: { min: 0 } }, 'tasks.min is at least 1'],
  ['tasks of none', { tasks: { max: 0 } }, 'tasks.min is 0 where tasks.max is, not 2.'],
  ['fewer tasks at most than at least', { tasks: { min: 4, max: 3 } }, 'not 4 and 3;'],
  [
    'a disk below what Fargate has',
    { ephemeralStorageGiB: 20 },
    'ephemeralStorageGiB is 21 to 200, not 20.',
  ],
  [
    'one zone',
    { newNetwork: { availabilityZones: 1 } },
    'newNetwork.availabilityZones is 2 or 3, not 1.',
  ],
  ['no way out', { newNetwork: { natGateways: 0 } }, 'without one no task can fetch its image'],
  [
    'subnets that do not fit',
    { network: { ...network, privateSubnetIds: ['s1'] } },
    'have one for each of network.availabilityZones',
  ],
  [
    'no public subnets for the internet',
    { network: { ...network, publicSubnetIds: [] } },
    'or loadBalancer.internetFacing is false.',
  ],
  [
    'nobody who may call',
    { loadBalancer: { allowedCidrs: [] } },
    'loadBalancer.allowedCidrs is empty: nobody could call.',
  ],
  [
    'an address that is no range',
    { loadBalancer: { allowedCidrs: ['10.0.0.1'] } },
    'has what is no IPv4 range: 10.0.0.1.',
  ],
  [
    'a certificate of another service',
    { loadBalancer: { certificateArn: 'arn:aws:iam::1:server-certificate/x' } },
    'is the ARN of a certificate in ACM',
  ],
  [
    'any name of the host',
    { loadBalancer: { hostNames: ['*'] } },
    'loadBalancer.hostNames names each host',
  ],
  [
    'a key by its alias',
    { kmsKeyArn: 'alias/models' },
    'kmsKeyArn is the ARN of a key in KMS, not "alias/models".',
  ],
  [
    'requests as a measure with blue/green',
    { deployment: { strategy: 'blue-green' }, scaling: { requestsPerTargetPerMinute: 100 } },
    'cannot be had with deployment.strategy blue-green',
  ],
  [
    'a queue of no length',
    { scaling: { queueWaitSeconds: 0 } },
    'scaling.queueWaitSeconds is above 0.',
  ],
  [
    'a processor that never rests',
    { scaling: { cpuPercent: 100 } },
    'scaling.cpuPercent is 10 to 90.',
  ],
  [
    'a variable that is no setting of the server',
    { environment: { GLIMPSE_MAX_BATCHSIZE: '8' } },
    'environment.GLIMPSE_MAX_BATCHSIZE is no setting of Glimpse (docs/tuning.md).',
  ],
  [
    'a variable that the stack decides',
    { environment: { GLIMPSE_REPOSITORY: 's3://x/y' } },
    'environment.GLIMPSE_REPOSITORY is decided by this stack.',
  ],
  [
    'a secret in the open',
    { environment: { GLIMPSE_ADMIN_KEY: 'glimpse_x' } },
    'environment.GLIMPSE_ADMIN_KEY is a secret: name it in secrets or adminKeySecret.',
  ],
  [
    'a server open to everybody',
    { environment: { GLIMPSE_OPEN: '1' } },
    'would let anybody train and move labels',
  ],
  ['no admin key', { adminKeySecret: '' }, 'adminKeySecret is the name or ARN of a secret.'],
  [
    'the admin key twice',
    { secrets: { GLIMPSE_ADMIN_KEY: 'x' } },
    'secrets.GLIMPSE_ADMIN_KEY is adminKeySecret.',
  ],
  [
    'a secret for what is no setting',
    { secrets: { GLIMPSE_PASSWORD: 'x' } },
    'secrets.GLIMPSE_PASSWORD is no setting of Glimpse',
  ],
  [
    'an e-mail beside a topic',
    { alarms: { topicArn: 'arn:aws:sns:eu-west-1:123456789012:t', email: 'a@example.com' } },
    'alarms.email is for a topic that is made here',
  ],
  ['an alarm at nothing', { alarms: { errorPercent: 0 } }, 'are above 0.'],
  [
    'a whole bucket as a dataset',
    { training: { datasets: ['s3://bucket'] } },
    'training.datasets are s3://bucket/prefix, not s3://bucket.',
  ],
  [
    'a star in a dataset',
    { training: { datasets: ['s3://bucket/*'] } },
    'training.datasets are s3://bucket/prefix',
  ],
  [
    'training where there is no memory for it',
    { training: { mode: 'server' } },
    'training.mode server needs memoryMiB of 3072 or more',
  ],
  [
    'a job larger than all of its queue',
    { training: { maxVcpus: 2 } },
    'has no room for one job of 4 vCPU: it would wait for ever.',
  ],
  [
    'more attempts than Batch makes',
    { training: { attempts: 11 } },
    'training.attempts is 1 to 10, not 11.',
  ],
  [
    'a job of a month',
    { training: { timeoutMinutes: 43_200 } },
    'training.timeoutMinutes is 1 to 20160',
  ],
];

describe('settings that cannot work', () => {
  for (const [what, given, sentence] of refused) {
    it(`are refused: ${what}`, () => {
      expect(() => readSettings(given)).toThrow(sentence);
    });
  }

  it('are told all at once', () => {
    expect(() => readSettings({ name: 'A', image: 'glimpse', prefix: '/' })).toThrow(
      /name is .*\nimage names .*\nprefix is /,
    );
  });

  it('are refused by the construct as by the app', () => {
    const stack = new Stack(new App(), 'Test');
    const build = () => new GlimpseService(stack, 'Service', { settings: { cpu: 1 } });
    expect(build).toThrow('cpu is one of 512');
  });

  it('are refused by the name of their file where it is no JSON, or not there', () => {
    const folder = mkdtempSync(join(tmpdir(), 'glimpse-cdk-'));
    const file = join(folder, 'ours.json');
    expect(() => settingsOfFile(file)).toThrow(`The settings in ${file} cannot be read: ENOENT`);
    writeFileSync(file, '{"name": ');
    expect(() => settingsOfFile(file)).toThrow(`The settings in ${file} cannot be read`);
    rmSync(folder, { recursive: true });
  });
});

describe('settings', () => {
  it('have the defaults where nothing is given, one level deep', () => {
    expect(readSettings({})).toEqual(defaultSettings);
    const { tasks, scaling } = readSettings({ tasks: { max: 20 } });
    expect(tasks).toEqual({ min: 2, max: 20 });
    expect(scaling).toEqual(defaultSettings.scaling);
  });

  it('give the server further variables, of it and of Node and OpenTelemetry', () => {
    const environment = {
      GLIMPSE_PROCESSES: '0',
      NODE_OPTIONS: '--max-old-space-size=512',
      OTEL_SERVICE_NAME: 'digits',
    };
    expect(readSettings({ environment }).environment).toEqual(environment);
  });
});
