import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Effect, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { acknowledge, skipCheck } from './acknowledged-findings.ts';
import type { Repository } from './permissions.ts';
import type { Settings } from './settings.ts';

/** The bucket that was given, or a new one, which outlives the stack. */
export function modelRepository(
  scope: Construct,
  settings: Settings,
  accessLogs: Bucket | undefined,
): Repository {
  const { bucketName, prefix, kmsKeyArn } = settings;
  if (bucketName !== null) {
    const bucketArn = `arn:${Stack.of(scope).partition}:s3:::${bucketName}`;
    return { bucketArn, bucketName, prefix, kmsKeyArn };
  }
  const bucket = new Bucket(scope, 'Models', {
    ...closed,
    versioned: true,
    removalPolicy: RemovalPolicy.RETAIN,
    ...(kmsKeyArn === null
      ? { encryption: BucketEncryption.S3_MANAGED }
      : {
          encryption: BucketEncryption.KMS,
          encryptionKey: Key.fromKeyArn(scope, 'Key', kmsKeyArn),
          bucketKeyEnabled: true,
        }),
    ...(accessLogs && {
      serverAccessLogsBucket: accessLogs,
      serverAccessLogsPrefix: 'models/',
    }),
    lifecycleRules: [
      {
        id: 'replaced-and-unfinished',
        noncurrentVersionExpiration: Duration.days(settings.noncurrentDays),
        expiredObjectDeleteMarker: true,
        abortIncompleteMultipartUploadAfter: Duration.days(2),
      },
    ],
  });
  return { bucketArn: bucket.bucketArn, bucketName: bucket.bucketName, prefix, kmsKeyArn };
}

const closed = {
  blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
  enforceSSL: true,
  minimumTLSVersion: 1.2,
  objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
};

/** What the load balancer and the model bucket write down of who called them. */
export function accessLogBucket(scope: Construct, days: number): Bucket {
  const bucket = new Bucket(scope, 'AccessLogs', {
    ...closed,
    // The load balancer writes to no bucket with a key of one's own.
    encryption: BucketEncryption.S3_MANAGED,
    versioned: true,
    removalPolicy: RemovalPolicy.RETAIN,
    lifecycleRules: [
      {
        id: 'kept-for-so-long',
        expiration: Duration.days(days),
        noncurrentVersionExpiration: Duration.days(1),
        abortIncompleteMultipartUploadAfter: Duration.days(2),
      },
    ],
  });
  const reason = 'It is the bucket that access is logged in.';
  acknowledge(bucket, 'S1', reason);
  skipCheck(bucket, 'CKV_AWS_18', reason);
  const { account, partition, region } = Stack.of(scope);
  bucket.addToResourcePolicy(
    new PolicyStatement({
      sid: 'LogsOfLoadBalancer',
      effect: Effect.ALLOW,
      principals: [new ServicePrincipal('logdelivery.elasticloadbalancing.amazonaws.com')],
      actions: ['s3:PutObject'],
      resources: [bucket.arnForObjects(`alb/AWSLogs/${account}/*`)],
      conditions: {
        ArnLike: {
          'aws:SourceArn': `arn:${partition}:elasticloadbalancing:${region}:${account}:loadbalancer/*`,
        },
      },
    }),
  );
  return bucket;
}
