import { Stack } from 'aws-cdk-lib';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { acknowledgeWildcards } from './acknowledged-findings.ts';

/** Where models are kept: a bucket, the part of it that is ours, and the key it is encrypted with, if it has one. */
export interface Repository {
  readonly bucketArn: string;
  readonly bucketName: string;
  readonly prefix: string;
  readonly kmsKeyArn: string | null;
}

// Every permission is written out here. The grants of the CDK would add s3:GetObject*, s3:List* and the like.

const allow = (sid: string, actions: string[], resources: string[], conditions?: object) =>
  new PolicyStatement({
    sid,
    actions,
    resources,
    ...(conditions && { conditions }),
  });

/** What whoever predicts needs. Without the listing a missing key would be answered 403 instead of 404. */
export function readRepository({ bucketArn, prefix, kmsKeyArn }: Repository): PolicyStatement[] {
  return [
    allow('ReadRepository', ['s3:GetObject'], [`${bucketArn}/${prefix}/*`]),
    allow('ListRepository', ['s3:ListBucket'], [bucketArn], {
      StringLike: { 's3:prefix': [`${prefix}/*`] },
    }),
    ...(kmsKeyArn === null ? [] : [allow('Decrypt', ['kms:Decrypt'], [kmsKeyArn])]),
  ];
}

/** What whoever publishes needs beside reading. Nothing is deleted. */
export function writeRepository({ bucketArn, prefix, kmsKeyArn }: Repository): PolicyStatement[] {
  const actions = ['s3:PutObject', 's3:AbortMultipartUpload'];
  return [
    allow('WriteRepository', actions, [`${bucketArn}/${prefix}/*`]),
    ...(kmsKeyArn === null ? [] : [allow('Encrypt', ['kms:GenerateDataKey'], [kmsKeyArn])]),
  ];
}

/** What whoever shares jobs through the repository needs beside writing: what a job leaves is removed, and nothing else is. */
export function shareJobs({ bucketArn, prefix }: Repository): PolicyStatement[] {
  return [allow('TidyJobs', ['s3:DeleteObject'], [`${bucketArn}/${prefix}/_jobs/*`])];
}

/** Reading the datasets that callers may name. */
export function readDatasets(stack: Stack, uris: readonly string[]): PolicyStatement[] {
  return uris.flatMap((uri, index) => {
    const [, bucket = '', prefix = ''] = /^s3:\/\/([^/]+)\/(.+?)\/?$/.exec(uri) ?? [];
    const arn = `arn:${stack.partition}:s3:::${bucket}`;
    return [
      allow(`ReadDatasets${index}`, ['s3:GetObject'], [`${arn}/${prefix}`, `${arn}/${prefix}/*`]),
      allow(`ListDatasets${index}`, ['s3:ListBucket'], [arn], {
        StringLike: { 's3:prefix': [prefix, `${prefix}/*`] },
      }),
    ];
  });
}

/** Submitting, following and cancelling jobs on AWS Batch. */
export function submitJobs(
  stack: Stack,
  queueArn: string,
  definitionName: string,
): PolicyStatement[] {
  const batch = (resource: string, resourceName: string): string =>
    stack.formatArn({ service: 'batch', resource, resourceName });
  const definition = batch('job-definition', definitionName);
  return [
    allow('SubmitJobs', ['batch:SubmitJob'], [queueArn, definition, `${definition}:*`]),
    // Listing knows no resource; a job's ARN is made when it is submitted.
    allow('ListJobs', ['batch:ListJobs'], ['*']),
    allow('TerminateJobs', ['batch:TerminateJob'], [batch('job', '*')]),
  ];
}

export function writeMetrics(workspaceArn: string): PolicyStatement {
  return allow('WriteMetrics', ['aps:RemoteWrite'], [workspaceArn]);
}

/** What ECS itself needs to start a task: its image, its log, its secrets. */
export function startTasks(needs: {
  readonly repositoryArn: string | undefined;
  readonly logGroupArn: string;
  readonly secretArns: readonly string[];
}): PolicyStatement[] {
  const pull = [
    'ecr:BatchCheckLayerAvailability',
    'ecr:BatchGetImage',
    'ecr:GetDownloadUrlForLayer',
  ];
  const { repositoryArn, logGroupArn, secretArns } = needs;
  return [
    ...(repositoryArn === undefined
      ? []
      : [
          allow('SignInToRegistry', ['ecr:GetAuthorizationToken'], ['*']),
          allow('PullImage', pull, [repositoryArn]),
        ]),
    allow('WriteLog', ['logs:CreateLogStream', 'logs:PutLogEvents'], [`${logGroupArn}:*`]),
    ...(secretArns.length === 0
      ? []
      : [allow('ReadSecrets', ['secretsmanager:GetSecretValue'], [...secretArns])]),
  ];
}

const balancing = (...names: string[]): string[] =>
  names.map((name) => `elasticloadbalancing:${name}`);

/** What ECS needs to move requests from the old tasks to the new ones (blue/green). */
export function shiftTraffic(
  targetGroupArns: readonly string[],
  listenerArn: string,
  ruleArn: string,
): PolicyStatement[] {
  const look = balancing(
    'DescribeListeners',
    'DescribeRules',
    'DescribeTargetGroups',
    'DescribeTargetHealth',
  );
  return [
    // None of these knows a resource.
    allow('LookAtLoadBalancer', look, ['*']),
    allow('MoveRequests', balancing('ModifyListener', 'ModifyRule'), [listenerArn, ruleArn]),
    allow('MoveTargets', balancing('RegisterTargets', 'DeregisterTargets'), [...targetGroupArns]),
  ];
}

/** A role that a service of AWS takes for this account alone, with exactly these statements. */
export function serviceRole(
  scope: Construct,
  id: string,
  service: string,
  statements: PolicyStatement[],
): Role {
  const principal = new ServicePrincipal(service);
  const role = new Role(scope, id, {
    assumedBy: principal.withConditions({
      StringEquals: { 'aws:SourceAccount': Stack.of(scope).account },
    }),
    inlinePolicies: { Statements: new PolicyDocument({ statements }) },
  });
  acknowledgeWildcards(role, statements);
  return role;
}
