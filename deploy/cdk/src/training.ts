import { Stack } from 'aws-cdk-lib';
import { CfnComputeEnvironment, CfnJobDefinition, CfnJobQueue } from 'aws-cdk-lib/aws-batch';
import type { IVpc, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { CfnRule } from 'aws-cdk-lib/aws-events';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import type { ServiceImage } from './image.ts';
import type { Settings } from './settings.ts';
import { containerUser, logOptions, scratchFolders } from './task.ts';

export interface TrainingParts {
  readonly vpc: IVpc;
  readonly group: SecurityGroup;
  readonly image: ServiceImage;
  readonly jobRole: IRole;
  readonly executionRole: IRole;
  readonly logGroup: ILogGroup;
  readonly environment: Readonly<Record<string, string>>;
  readonly topic: ITopic;
}

export interface TrainingQueue {
  readonly queueArn: string;
}

/** The name of the job definition, known before it is made: the server's permission to submit names it. */
export const jobDefinitionName = (name: string): string => `${name}-job`;

/** A queue of AWS Batch whose jobs run the same image: on spot where there is some, else at the full price. */
export function trainingQueue(
  scope: Construct,
  settings: Settings,
  parts: TrainingParts,
): TrainingQueue {
  const { training } = settings;
  // Both, because a queue of spot alone waits for as long as there is none.
  const kinds = training.spot ? ['FARGATE_SPOT', 'FARGATE'] : ['FARGATE'];
  const environments = kinds.map((type) => {
    const id = type === 'FARGATE' ? 'OnDemand' : 'Spot';
    return new CfnComputeEnvironment(scope, id, {
      type: 'MANAGED',
      state: 'ENABLED',
      replaceComputeEnvironment: false,
      computeResources: {
        type,
        maxvCpus: training.maxVcpus,
        subnets: parts.vpc.privateSubnets.map(({ subnetId }) => subnetId),
        securityGroupIds: [parts.group.securityGroupId],
      },
    });
  });
  const queue = new CfnJobQueue(scope, 'Jobs', {
    state: 'ENABLED',
    priority: 1,
    computeEnvironmentOrder: environments.map((environment, index) => ({
      order: index + 1,
      computeEnvironment: environment.attrComputeEnvironmentArn,
    })),
  });
  jobDefinition(scope, settings, parts);
  failuresToTopic(scope, queue.attrJobQueueArn, parts.topic);
  return { queueArn: queue.attrJobQueueArn };
}

function jobDefinition(
  scope: Construct,
  { name, training, architecture }: Settings,
  parts: TrainingParts,
): void {
  new CfnJobDefinition(scope, 'Job', {
    type: 'container',
    jobDefinitionName: jobDefinitionName(name),
    platformCapabilities: ['FARGATE'],
    propagateTags: true,
    parameters: { job: 'none' },
    timeout: { attemptDurationSeconds: training.timeoutMinutes * 60 },
    retryStrategy: {
      attempts: training.attempts,
      evaluateOnExit: [
        // Spot was taken back: another attempt goes on from the last checkpoint.
        { onStatusReason: 'Your Spot Task was interrupted*', action: 'RETRY' },
        { onStatusReason: 'Host EC2*', action: 'RETRY' },
        { onReason: 'CannotPullContainerError*', action: 'RETRY' },
        // Everything else is over. Without this line whatever matches none of these would be tried again.
        { onExitCode: '*', action: 'EXIT' },
      ],
    },
    containerProperties: {
      image: parts.image.uri,
      command: ['worker', '--job', 'Ref::job'],
      jobRoleArn: parts.jobRole.roleArn,
      executionRoleArn: parts.executionRole.roleArn,
      user: containerUser,
      readonlyRootFilesystem: true,
      privileged: false,
      runtimePlatform: { cpuArchitecture: architecture, operatingSystemFamily: 'LINUX' },
      fargatePlatformConfiguration: { platformVersion: 'LATEST' },
      networkConfiguration: { assignPublicIp: 'DISABLED' },
      ephemeralStorage: { sizeInGiB: 50 },
      linuxParameters: { initProcessEnabled: true },
      resourceRequirements: [
        { type: 'VCPU', value: String(training.cpu / 1024) },
        { type: 'MEMORY', value: String(training.memoryMiB) },
      ],
      volumes: Object.keys(scratchFolders).map((volume) => ({ name: volume })),
      mountPoints: Object.entries(scratchFolders).map(([sourceVolume, containerPath]) => ({
        sourceVolume,
        containerPath,
        readOnly: false,
      })),
      environment: Object.entries(parts.environment).map(([variable, value]) => ({
        name: variable,
        value,
      })),
      logConfiguration: {
        logDriver: 'awslogs',
        options: logOptions(scope, parts.logGroup, 'jobs'),
      },
    },
  });
}

/** Batch has no metric of failed jobs. The server counts those it follows; this tells of those that nobody follows any more. */
function failuresToTopic(scope: Construct, queueArn: string, topic: ITopic): void {
  new CfnRule(scope, 'FailedBatchJobs', {
    description: `Jobs of ${Stack.of(scope).stackName} that failed on AWS Batch`,
    state: 'ENABLED',
    eventPattern: {
      source: ['aws.batch'],
      'detail-type': ['Batch Job State Change'],
      detail: { jobQueue: [queueArn], status: ['FAILED'] },
    },
    targets: [{ id: 'Topic', arn: topic.topicArn }],
  });
}
