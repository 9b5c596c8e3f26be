import { Duration, Size, Stack } from 'aws-cdk-lib';
import {
  AwsLogDriverMode,
  Capability,
  type ContainerDefinition,
  CpuArchitecture,
  FargateTaskDefinition,
  LinuxParameters,
  LogDriver,
  OperatingSystemFamily,
  UlimitName,
} from 'aws-cdk-lib/aws-ecs';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { acknowledge } from './acknowledged-findings.ts';
import type { ServiceImage } from './image.ts';
import type { Repository } from './permissions.ts';
import type { ServiceSecrets } from './secrets.ts';
import type { Settings } from './settings.ts';

export const containerPort = 8080;
export const containerName = 'glimpse';
/** As the image has them: it makes them, and gives them to its user. */
export const scratchFolders = { data: '/data', tmp: '/tmp' };
export const containerUser = '1000:1000';

/** How a task ends, in this order: it answers what comes meanwhile, then what it has, then ECS ends it. */
const drainSeconds = 10;
const graceSeconds = 50;
const stopSeconds = 60;

export interface TaskParts {
  readonly image: ServiceImage;
  readonly repository: Repository;
  readonly secrets: ServiceSecrets;
  readonly logGroup: ILogGroup;
  readonly taskRole: IRole;
  readonly executionRole: IRole;
  /** Further names in the Host header of callers. */
  readonly hostNames: readonly string[];
  /** Where jobs go, for a server that runs none itself. */
  readonly jobs: Readonly<Record<string, string>>;
}

export const metricNamespace = (name: string): string => `Glimpse/${name}`;

/** What the server is told; the rest has the defaults of docs/tuning.md. */
export function serverEnvironment(
  settings: Settings,
  { repository, hostNames, jobs }: Pick<TaskParts, 'repository' | 'hostNames' | 'jobs'>,
): Record<string, string> {
  const { training } = settings;
  return {
    GLIMPSE_REPOSITORY: `s3://${repository.bucketName}/${repository.prefix}`,
    GLIMPSE_DATA_DIR: scratchFolders.data,
    GLIMPSE_KEYS_FILE: `${scratchFolders.data}/keys.json`,
    GLIMPSE_OPEN_PREDICT: settings.openPredict ? '1' : '0',
    GLIMPSE_ALLOWED_HOSTS: hostNames.join(','),
    GLIMPSE_DEFAULT_MODEL: settings.models[0]!,
    GLIMPSE_PORT: String(containerPort),
    GLIMPSE_DRAIN_DELAY_MS: String(drainSeconds * 1000),
    GLIMPSE_SHUTDOWN_GRACE_MS: String(graceSeconds * 1000),
    // Longer than the load balancer keeps a connection, or it would write to one that is just being closed.
    GLIMPSE_KEEP_ALIVE_TIMEOUT_MS: '72000',
    GLIMPSE_EMF_INTERVAL_SECONDS: '60',
    GLIMPSE_EMF_NAMESPACE: metricNamespace(settings.name),
    ...(training.datasets.length > 0 && { GLIMPSE_DATASET_URIS: training.datasets.join(',') }),
    UV_THREADPOOL_SIZE: String(Math.max(4, Math.ceil(settings.cpu / 1024))),
    // A server that only predicts could publish nothing, and says so at once.
    ...(training.mode === 'none' && { GLIMPSE_JOBS: 'off' }),
    ...jobs,
    ...settings.environment,
  };
}

/** The task of the service: one container that cannot change itself, as a user who is nobody else. */
export function serviceTask(
  scope: Construct,
  settings: Settings,
  parts: TaskParts,
): FargateTaskDefinition {
  const task = new FargateTaskDefinition(scope, 'Task', {
    cpu: settings.cpu,
    memoryLimitMiB: settings.memoryMiB,
    ephemeralStorageGiB: settings.ephemeralStorageGiB,
    runtimePlatform: {
      operatingSystemFamily: OperatingSystemFamily.LINUX,
      cpuArchitecture:
        settings.architecture === 'ARM64' ? CpuArchitecture.ARM64 : CpuArchitecture.X86_64,
    },
    taskRole: parts.taskRole,
    executionRole: parts.executionRole,
    volumes: Object.keys(scratchFolders).map((name) => ({ name })),
  });
  acknowledge(
    task,
    'ECS2',
    'Settings are no secrets; those come from Secrets Manager, and settings refuse them here.',
  );
  addServer(scope, task, settings, parts);
  return task;
}

function addServer(
  scope: Construct,
  task: FargateTaskDefinition,
  settings: Settings,
  parts: TaskParts,
): void {
  const linux = new LinuxParameters(scope, 'Linux', { initProcessEnabled: true });
  linux.dropCapabilities(Capability.ALL);
  const container = task.addContainer(containerName, {
    containerName,
    image: parts.image.container,
    essential: true,
    user: containerUser,
    readonlyRootFilesystem: true,
    linuxParameters: linux,
    stopTimeout: Duration.seconds(stopSeconds),
    portMappings: [{ containerPort }],
    environment: serverEnvironment(settings, parts),
    secrets: parts.secrets.variables,
    logging: logTo(parts.logGroup, containerName),
    // One run costs some 0.3 s of processor time, so it is not asked more often; the load balancer is.
    healthCheck: {
      command: ['CMD', 'node', 'dist/healthcheck.js'],
      interval: Duration.seconds(30),
      timeout: Duration.seconds(5),
      retries: 3,
      startPeriod: Duration.seconds(60),
    },
  });
  container.addUlimits({ name: UlimitName.NOFILE, softLimit: 65_536, hardLimit: 65_536 });
  mountScratch(container);
}

function mountScratch(container: ContainerDefinition): void {
  for (const [sourceVolume, containerPath] of Object.entries(scratchFolders)) {
    container.addMountPoints({ sourceVolume, containerPath, readOnly: false });
  }
}

/** A log that is slow holds up no request: what does not fit into the buffer is lost. */
export function logTo(group: ILogGroup, streamPrefix: string): LogDriver {
  return LogDriver.awsLogs({
    logGroup: group,
    streamPrefix,
    mode: AwsLogDriverMode.NON_BLOCKING,
    maxBufferSize: Size.mebibytes(25),
  });
}

/** For L1 resources, which take the options as they are. */
export const logOptions = (scope: Construct, group: ILogGroup, streamPrefix: string) => ({
  'awslogs-group': group.logGroupName,
  'awslogs-region': Stack.of(scope).region,
  'awslogs-stream-prefix': streamPrefix,
  mode: 'non-blocking',
  'max-buffer-size': '26214400b',
});
