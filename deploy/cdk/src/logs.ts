import { RemovalPolicy } from 'aws-cdk-lib';
import { CfnLogGroup, LogGroup, type ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { skipCheck } from './acknowledged-findings.ts';

/** A log whose lines are kept for so many days. It outlives the stack unless that says otherwise. */
export function logGroup(
  scope: Construct,
  id: string,
  days: number,
  removalPolicy = RemovalPolicy.RETAIN,
): ILogGroup {
  const group = new LogGroup(scope, id, { removalPolicy });
  // By its number: the enumeration of the CDK has the same numbers under names.
  (group.node.defaultChild as CfnLogGroup).retentionInDays = days;
  skipCheck(
    group,
    'CKV_AWS_158',
    'CloudWatch encrypts every log by a key of its own; no image and no key is logged.',
  );
  return group;
}
