import { CfnWorkspace } from 'aws-cdk-lib/aws-aps';
import { ContainerImage, type FargateTaskDefinition } from 'aws-cdk-lib/aws-ecs';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { Arn, ArnFormat, Duration, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Settings } from './settings.ts';
import { containerPort, logTo } from './task.ts';

export interface PrometheusWorkspace {
  readonly arn: string;
  /** Where samples are written to. */
  readonly remoteWriteUrl: string;
}

/** The workspace of Managed Prometheus that was given, or a new one. */
export function prometheusWorkspace(
  scope: Construct,
  { name, prometheus }: Settings,
): PrometheusWorkspace {
  const { workspaceArn } = prometheus;
  if (workspaceArn !== null) {
    const { region, resourceName } = Arn.split(workspaceArn, ArnFormat.SLASH_RESOURCE_NAME);
    const host = `aps-workspaces.${region}.${Stack.of(scope).urlSuffix}`;
    const remoteWriteUrl = `https://${host}/workspaces/${resourceName}/api/v1/remote_write`;
    return { arn: workspaceArn, remoteWriteUrl };
  }
  const workspace = new CfnWorkspace(scope, 'Prometheus', { alias: name });
  return {
    arn: workspace.attrArn,
    remoteWriteUrl: `${workspace.attrPrometheusEndpoint}api/v1/remote_write`,
  };
}

/** What the collector does: every half minute it reads /metrics and writes it to the workspace. */
export function collectorConfig(region: string, remoteWriteUrl: string): object {
  return {
    extensions: { health_check: {}, sigv4auth: { region, service: 'aps' } },
    receivers: {
      prometheus: {
        config: {
          global: { scrape_interval: '30s', scrape_timeout: '10s' },
          scrape_configs: [
            {
              job_name: 'glimpse',
              static_configs: [{ targets: [`localhost:${containerPort}`] }],
            },
          ],
        },
      },
    },
    // Every task is localhost to its collector: the number of the task keeps their series apart.
    processors: { resourcedetection: { detectors: ['env', 'ecs'] } },
    exporters: {
      prometheusremotewrite: {
        endpoint: remoteWriteUrl,
        auth: { authenticator: 'sigv4auth' },
        resource_to_telemetry_conversion: { enabled: true },
      },
    },
    service: {
      extensions: ['health_check', 'sigv4auth'],
      pipelines: {
        metrics: {
          receivers: ['prometheus'],
          processors: ['resourcedetection'],
          exporters: ['prometheusremotewrite'],
        },
      },
    },
  };
}

/** A container beside the server in every task. The service goes on when it ends. */
export function addCollector(
  task: FargateTaskDefinition,
  { prometheus }: Settings,
  workspace: PrometheusWorkspace,
  logGroup: ILogGroup,
): void {
  const stack = Stack.of(task);
  const config = collectorConfig(stack.region, workspace.remoteWriteUrl);
  task.addContainer('collector', {
    containerName: 'collector',
    image: ContainerImage.fromRegistry(prometheus.collectorImage),
    essential: false,
    readonlyRootFilesystem: true,
    memoryLimitMiB: 256,
    environment: { AOT_CONFIG_CONTENT: stack.toJsonString(config) },
    logging: logTo(logGroup, 'collector'),
    healthCheck: {
      command: ['CMD', '/healthcheck'],
      interval: Duration.seconds(30),
      timeout: Duration.seconds(5),
      retries: 3,
      startPeriod: Duration.seconds(10),
    },
  });
}
