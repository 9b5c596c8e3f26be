import { describe, expect, it } from 'vitest';
import { actionsOf, full, synthesised } from './synthesised.ts';

describe('what the server may do', () => {
  it('is to read its repository, where it only predicts: nothing can be written', () => {
    const statements = synthesised().statementsOf('ServiceTaskRole');
    expect(actionsOf(statements)).toEqual(['s3:GetObject', 's3:ListBucket']);
    expect(statements[0]!.Resource).toEqual({
      'Fn::Join': ['', [{ 'Fn::GetAtt': [expect.stringContaining('Models'), 'Arn'] }, '/models/*']],
    });
    expect(statements[1]!.Condition).toEqual({ StringLike: { 's3:prefix': ['models/*'] } });
    expect(JSON.stringify(statements)).not.toContain('s3:Put');
  });

  it('is to publish as well, where jobs run in it; and to delete nothing', () => {
    const made = synthesised({ memoryMiB: 4096, training: { mode: 'server' } });
    const actions = actionsOf(made.statementsOf('ServiceTaskRole'));
    expect(actions).toEqual([
      's3:AbortMultipartUpload',
      's3:GetObject',
      's3:ListBucket',
      's3:PutObject',
    ]);
  });

  it('is to submit, follow and end jobs of its queue, where they run on AWS Batch', () => {
    const statements = synthesised(full).statementsOf('ServiceTaskRole');
    const of = (sid: string) => statements.find(({ Sid }) => Sid === sid)!;
    expect(of('TidyJobs').Action).toBe('s3:DeleteObject');
    expect(JSON.stringify(of('TidyJobs').Resource)).toContain('/models/_jobs/*');
    expect(of('SubmitJobs').Resource).toHaveLength(3);
    expect(JSON.stringify(of('SubmitJobs').Resource)).toContain('job-definition/glimpse-full-job');
    expect(of('TerminateJobs').Action).toBe('batch:TerminateJob');
    expect(of('WriteMetrics').Action).toBe('aps:RemoteWrite');
    expect(of('Decrypt').Action).toBe('kms:Decrypt');
    expect(of('Encrypt').Action).toBe('kms:GenerateDataKey');
  });

  it('is to read the datasets that are named, and no more of their bucket', () => {
    const statements = synthesised(full).statementsOf('ServiceTrainingRole');
    const list = statements.find(({ Sid }) => Sid === 'ListDatasets0')!;
    expect(list.Condition).toEqual({ StringLike: { 's3:prefix': ['fruit', 'fruit/*'] } });
    const read = statements.find(({ Sid }) => Sid === 'ReadDatasets0')!;
    expect(JSON.stringify(read.Resource)).toContain(':s3:::example-datasets/fruit/*');
    expect(JSON.stringify(read.Resource)).not.toContain('example-datasets/*');
  });
});

describe('every role', () => {
  for (const [name, settings] of [
    ['by default', {}],
    ['with everything', full],
  ] as const) {
    const made = () => synthesised(settings);

    it(`${name} is written out: no action has a wildcard, none is granted by the CDK`, () => {
      const roles = Object.values(made().of('AWS::IAM::Role'));
      expect(roles.length).toBeGreaterThanOrEqual(3);
      const text = JSON.stringify(roles);
      expect(text).not.toMatch(/"[a-z0-9]+:[A-Za-z]*\*"/);
      expect(text).not.toContain('ManagedPolicyArns');
      expect(Object.keys(made().of('AWS::IAM::Policy'))).toEqual([]);
    });

    it(`${name} is taken by a service of AWS for this account only`, () => {
      for (const role of Object.values(made().of('AWS::IAM::Role'))) {
        expect(role['AssumeRolePolicyDocument']).toMatchObject({
          Statement: [
            {
              Principal: { Service: expect.stringMatching(/\.amazonaws\.com$/) },
              Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
            },
          ],
        });
      }
    });
  }

  it('that pulls the image may do so from its repository alone', () => {
    const made = synthesised();
    const statements = made.statementsOf('ServiceExecutionRole');
    const pull = statements.find(({ Sid }) => Sid === 'PullImage')!;
    expect(JSON.stringify(pull.Resource)).toContain(':repository/glimpse');
    const foreign = synthesised({ image: 'ghcr.io/example/glimpse:0.1.0' });
    const sids = foreign.statementsOf('ServiceExecutionRole').map(({ Sid }) => Sid);
    expect(sids).toEqual(['WriteLog', 'ReadSecrets']);
  });
});

const bucket = (made = synthesised()) =>
  Object.entries(made.of('AWS::S3::Bucket')).find(([name]) => name.includes('Models'))![1];

describe('the model bucket', () => {
  it('is encrypted, versioned, closed to the public, and forgets what was replaced', () => {
    expect(bucket()).toMatchObject({
      VersioningConfiguration: { Status: 'Enabled' },
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [
          { ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } },
        ],
      },
      LifecycleConfiguration: {
        Rules: [
          {
            Status: 'Enabled',
            NoncurrentVersionExpiration: { NoncurrentDays: 30 },
            AbortIncompleteMultipartUpload: { DaysAfterInitiation: 2 },
          },
        ],
      },
    });
    expect(JSON.stringify(bucket(synthesised(full)))).toContain('"SSEAlgorithm":"aws:kms"');
  });

  it('takes no request without TLS, or below 1.2', () => {
    const policies = Object.values(synthesised().of('AWS::S3::BucketPolicy'));
    expect(policies).toHaveLength(2);
    for (const policy of policies) {
      const text = JSON.stringify(policy);
      expect(text).toContain('"Bool":{"aws:SecureTransport":"false"}');
      expect(text).toContain('"NumericLessThan":{"s3:TlsVersion":1.2}');
    }
  });

  it('outlives the stack', () => {
    const all = Object.values(synthesised().template.findResources('AWS::S3::Bucket'));
    expect(all.map(({ DeletionPolicy }) => DeletionPolicy)).toEqual(['Retain', 'Retain']);
  });

  it('may be one that is there already', () => {
    const made = synthesised({ bucketName: 'our-models', prefix: 'team/glimpse' });
    expect(made.environment()['GLIMPSE_REPOSITORY']).toBe('s3://our-models/team/glimpse');
    const names = Object.keys(made.of('AWS::S3::Bucket'));
    expect(names.filter((name) => name.includes('Models'))).toEqual([]);
    const [read] = made.statementsOf('ServiceTaskRole');
    expect(JSON.stringify(read!.Resource)).toContain(':s3:::our-models/team/glimpse/*');
  });
});
