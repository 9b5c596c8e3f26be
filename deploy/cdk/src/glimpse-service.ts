import { CfnOutput, Stack } from 'aws-cdk-lib';
import type { IVpc } from 'aws-cdk-lib/aws-ec2';
import { Cluster, ContainerInsights, type FargateService } from 'aws-cdk-lib/aws-ecs';
import type { ApplicationLoadBalancer } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { PolicyStatement, Role } from 'aws-cdk-lib/aws-iam';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { alarmTopic, serviceAlarms } from './alarms.ts';
import { serviceBalancer } from './balancer.ts';
import { accessLogBucket, modelRepository } from './buckets.ts';
import { addCollector, prometheusWorkspace, type PrometheusWorkspace } from './collector.ts';
import { type ServiceImage, serviceImage } from './image.ts';
import { logGroup } from './logs.ts';
import { outgoingGroup, securityGroups, serviceNetwork } from './network.ts';
import {
  readDatasets,
  readRepository,
  type Repository,
  serviceRole,
  shareJobs,
  startTasks,
  submitJobs,
  writeMetrics,
  writeRepository,
} from './permissions.ts';
import { readSettings } from './read-settings.ts';
import { scaleService } from './scaling.ts';
import { type ServiceSecrets, serviceSecrets } from './secrets.ts';
import { fargateService } from './service.ts';
import type { GivenSettings, Settings } from './settings.ts';
import { containerPort, serverEnvironment, serviceTask } from './task.ts';
import { jobDefinitionName, trainingQueue } from './training.ts';

export interface GlimpseServiceProps {
  readonly settings?: GivenSettings;
  /** A network made elsewhere in the same app; else `settings.network` describes one, or one is made. */
  readonly vpc?: IVpc;
}

interface Shared {
  readonly settings: Settings;
  readonly vpc: IVpc;
  readonly image: ServiceImage;
  readonly repository: Repository;
  readonly logGroup: ILogGroup;
  readonly topic: ITopic;
}

/** Glimpse on Fargate behind a load balancer, with its models in S3, and on AWS Batch where it trains. */
export class GlimpseService extends Construct {
  readonly vpc: IVpc;
  readonly repository: Repository;
  readonly loadBalancer: ApplicationLoadBalancer;
  readonly service: FargateService;
  /** Whose permissions the server has. */
  readonly taskRole: Role;
  readonly topic: ITopic;

  constructor(
    scope: Construct,
    id: string,
    { settings: given = {}, vpc }: GlimpseServiceProps = {},
  ) {
    super(scope, id);
    const settings = readSettings(given);
    // The bucket's logs are let in by its policy; access control lists are switched off.
    this.node.setContext('@aws-cdk/aws-s3:serverAccessLogsUseBucketPolicy', true);
    const accessLogs = settings.loadBalancer.accessLogs ? accessLogBucket(this, 90) : undefined;
    this.vpc = serviceNetwork(this, settings, vpc);
    this.repository = modelRepository(this, settings, accessLogs);
    this.topic = alarmTopic(this, settings);
    const groups = securityGroups(this, this.vpc, settings, containerPort);
    const balancer = serviceBalancer(this, settings, {
      vpc: this.vpc,
      group: groups.balancer,
      accessLogs,
    });
    this.loadBalancer = balancer.loadBalancer;
    const shared: Shared = {
      settings,
      vpc: this.vpc,
      image: serviceImage(Stack.of(this), settings.image),
      repository: this.repository,
      logGroup: logGroup(this, 'Log', settings.logRetentionDays),
      topic: this.topic,
    };
    const { mode } = settings.training;
    const queueArn = mode === 'batch' ? addTraining(this, shared) : undefined;
    const workspace = settings.prometheus.enabled ? prometheusWorkspace(this, settings) : undefined;
    this.taskRole = serverRole(this, shared, workspace, queueArn);
    const task = serverTask(this, shared, {
      taskRole: this.taskRole,
      hostNames: balancer.hostNames,
      workspace,
      queueArn,
    });
    const cluster = new Cluster(this, 'Cluster', {
      vpc: this.vpc,
      containerInsightsV2:
        settings.containerInsights === 'enhanced'
          ? ContainerInsights.ENHANCED
          : ContainerInsights.ENABLED,
    });
    const rollbackAlarms = serviceAlarms(this, settings, this.topic, balancer);
    this.service = fargateService(this, settings, {
      cluster,
      task,
      vpc: this.vpc,
      group: groups.tasks,
      balancer,
      rollbackAlarms,
    });
    scaleService(this, settings, { cluster, service: this.service, balancer });
    const scheme = settings.loadBalancer.certificateArn === null ? 'http' : 'https';
    output(this, 'Address', `${scheme}://${balancer.loadBalancer.loadBalancerDnsName}`);
    output(this, 'Repository', `s3://${this.repository.bucketName}/${this.repository.prefix}`);
  }
}

function output(scope: Construct, id: string, value: string): void {
  new CfnOutput(scope, id, { value }).overrideLogicalId(id);
}

/** A server that only predicts reads its repository and nothing else. */
function serverRole(
  scope: Construct,
  { settings, repository }: Shared,
  workspace: PrometheusWorkspace | undefined,
  queueArn: string | undefined,
): Role {
  const stack = Stack.of(scope);
  const { training, name } = settings;
  const statements: PolicyStatement[] = [
    ...readRepository(repository),
    ...(training.mode === 'none' ? [] : writeRepository(repository)),
    ...(training.mode === 'none' ? [] : readDatasets(stack, training.datasets)),
    ...(queueArn === undefined ? [] : shareJobs(repository)),
    ...(queueArn === undefined ? [] : submitJobs(stack, queueArn, jobDefinitionName(name))),
    ...(workspace ? [writeMetrics(workspace.arn)] : []),
  ];
  return serviceRole(scope, 'TaskRole', 'ecs-tasks.amazonaws.com', statements);
}

function executionRole(
  scope: Construct,
  id: string,
  { image, logGroup: { logGroupRef } }: Shared,
  secrets: Pick<ServiceSecrets, 'arns'>,
): Role {
  const { repositoryArn } = image;
  const { logGroupArn } = logGroupRef;
  const needs = { repositoryArn, logGroupArn, secretArns: secrets.arns };
  return serviceRole(scope, id, 'ecs-tasks.amazonaws.com', startTasks(needs));
}

function serverTask(
  scope: Construct,
  shared: Shared,
  parts: {
    readonly taskRole: Role;
    readonly hostNames: readonly string[];
    readonly workspace: PrometheusWorkspace | undefined;
    readonly queueArn: string | undefined;
  },
) {
  const { settings, image, repository } = shared;
  const secrets = serviceSecrets(scope, settings);
  const task = serviceTask(scope, settings, {
    image,
    repository,
    secrets,
    logGroup: shared.logGroup,
    taskRole: parts.taskRole.withoutPolicyUpdates(),
    executionRole: executionRole(scope, 'ExecutionRole', shared, secrets).withoutPolicyUpdates(),
    hostNames: parts.hostNames,
    jobs:
      parts.queueArn === undefined
        ? {}
        : {
            GLIMPSE_JOBS: 'aws-batch',
            GLIMPSE_BATCH_QUEUE: parts.queueArn,
            GLIMPSE_BATCH_DEFINITION: jobDefinitionName(settings.name),
          },
  });
  if (parts.workspace) addCollector(task, settings, parts.workspace, shared.logGroup);
  return task;
}

/** What trains: it reads and writes the repository, and can reach nothing but the APIs of AWS. */
function addTraining(scope: Construct, shared: Shared): string {
  const { settings, repository, vpc, image } = shared;
  const inner = new Construct(scope, 'Training');
  const { datasets } = settings.training;
  const statements = [
    ...readRepository(repository),
    ...writeRepository(repository),
    ...shareJobs(repository),
    ...readDatasets(Stack.of(scope), datasets),
  ];
  const { GLIMPSE_REPOSITORY, GLIMPSE_DATA_DIR, GLIMPSE_DATASET_URIS } = serverEnvironment(
    settings,
    {
      repository,
      hostNames: [],
      jobs: {},
    },
  );
  const environment = {
    GLIMPSE_REPOSITORY,
    GLIMPSE_DATA_DIR,
    GLIMPSE_DATASET_URIS,
    GLIMPSE_JOBS: 'aws-batch',
  };
  const { queueArn } = trainingQueue(inner, settings, {
    vpc,
    image,
    group: outgoingGroup(inner, 'Group', vpc, `Jobs of ${Stack.of(scope).stackName}`),
    jobRole: serviceRole(inner, 'Role', 'ecs-tasks.amazonaws.com', statements),
    executionRole: executionRole(inner, 'ExecutionRole', shared, { arns: [] }),
    logGroup: shared.logGroup,
    environment: Object.fromEntries(
      Object.entries(environment).filter(
        (entry): entry is [string, string] => entry[1] !== undefined,
      ),
    ),
    topic: shared.topic,
  });
  return queueArn;
}
