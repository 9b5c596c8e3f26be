import { describe, expect, it } from 'vitest';
import { actionsOf, full, type Properties, synthesised } from './synthesised.ts';

const network = {
  vpcId: 'vpc-0a1b2c3d4e5f60718',
  availabilityZones: ['eu-west-1a', 'eu-west-1b'],
  publicSubnetIds: ['subnet-0a000000000000001', 'subnet-0a000000000000002'],
  privateSubnetIds: ['subnet-0b000000000000001', 'subnet-0b000000000000002'],
  privateRouteTableIds: ['rtb-0a000000000000001', 'rtb-0a000000000000002'],
  s3Endpoint: true,
};

describe('the network', () => {
  it('is made, with a way to S3 that costs nothing and a log of what was refused', () => {
    const made = synthesised();
    expect(Object.keys(made.of('AWS::EC2::Subnet'))).toHaveLength(4);
    expect(Object.keys(made.of('AWS::EC2::NatGateway'))).toHaveLength(1);
    const endpoint = made.only('AWS::EC2::VPCEndpoint');
    expect(endpoint).toMatchObject({ VpcEndpointType: 'Gateway' });
    expect(JSON.stringify(endpoint['ServiceName'])).toContain('.s3');
    expect(endpoint['RouteTableIds']).toHaveLength(2);
    expect(made.only('AWS::EC2::FlowLog')).toMatchObject({ TrafficType: 'REJECT' });
  });

  it('may be one that is there already, to which the way to S3 is added', () => {
    const made = synthesised({ network });
    expect(made.of('AWS::EC2::VPC')).toEqual({});
    expect(made.only('AWS::EC2::VPCEndpoint')).toMatchObject({
      VpcId: network.vpcId,
      RouteTableIds: network.privateRouteTableIds,
    });
    expect(made.only('AWS::ElasticLoadBalancingV2::LoadBalancer')).toMatchObject({
      Subnets: network.publicSubnetIds,
    });
    expect(made.only('AWS::ECS::Service')).toMatchObject({
      NetworkConfiguration: { AwsvpcConfiguration: { Subnets: network.privateSubnetIds } },
    });
  });

  it('that has a way to S3 gets no second one', () => {
    const made = synthesised({ network: { ...network, s3Endpoint: false } });
    expect(made.of('AWS::EC2::VPCEndpoint')).toEqual({});
  });
});

describe('Managed Prometheus', () => {
  it('is left out unless it is asked for', () => {
    const made = synthesised();
    expect(made.of('AWS::APS::Workspace')).toEqual({});
    expect(made.container('collector')).toBeUndefined();
  });

  it('is told by a collector in every task, which reads /metrics of its own server', () => {
    const made = synthesised(full);
    expect(Object.keys(made.of('AWS::APS::Workspace'))).toHaveLength(1);
    expect(made.container('collector')).toMatchObject({
      Essential: false,
      ReadonlyRootFilesystem: true,
      Image: 'public.ecr.aws/aws-observability/aws-otel-collector:v0.48.0',
      HealthCheck: { Command: ['CMD', '/healthcheck'] },
    });
    const { AOT_CONFIG_CONTENT: text } = made.environment('collector');
    const written = JSON.stringify(text);
    expect(written).toContain('localhost:8080');
    expect(written).toContain('PrometheusEndpoint');
    expect(written).toContain('api/v1/remote_write');
    // Without it the series of all tasks would be one, since each is localhost to its collector.
    expect(written).toContain('resourcedetection');
    expect(written).toContain('resource_to_telemetry_conversion');
  });

  it('may be a workspace that is there already', () => {
    const workspaceArn = 'arn:aws:aps:eu-west-1:123456789012:workspace/ws-11111111-2222';
    const made = synthesised({ prometheus: { enabled: true, workspaceArn } });
    expect(made.of('AWS::APS::Workspace')).toEqual({});
    const write = made.statementsOf('ServiceTaskRole').find(({ Sid }) => Sid === 'WriteMetrics')!;
    expect(write.Resource).toBe(workspaceArn);
    expect(JSON.stringify(made.environment('collector'))).toContain(
      '/workspaces/ws-11111111-2222/api/v1/remote_write',
    );
  });
});

const definition = () => synthesised(full).only('AWS::Batch::JobDefinition');
const container = () => definition()['ContainerProperties'] as Properties;

describe('training on AWS Batch', () => {
  it('is left out unless it is asked for', () => {
    expect(synthesised().of('AWS::Batch::JobQueue')).toEqual({});
  });

  it('goes to spot first, and to the full price where there is none', () => {
    const made = synthesised(full);
    const environments = made.of('AWS::Batch::ComputeEnvironment');
    const order = made.only('AWS::Batch::JobQueue')['ComputeEnvironmentOrder'] as {
      Order: number;
      ComputeEnvironment: { 'Fn::GetAtt': [string, string] };
    }[];
    const types = order.map(({ ComputeEnvironment: { 'Fn::GetAtt': found } }) => {
      const { ComputeResources: resources } = environments[found[0]] as {
        ComputeResources: { Type: string };
      };
      return resources.Type;
    });
    expect(types).toEqual(['FARGATE_SPOT', 'FARGATE']);
    const paid = synthesised({ training: { mode: 'batch', spot: false } });
    expect(Object.keys(paid.of('AWS::Batch::ComputeEnvironment'))).toHaveLength(1);
  });

  it('runs the image as the server is run, told which job is its', () => {
    expect(container()).toMatchObject({
      Command: ['worker', '--job', 'Ref::job'],
      Image: full.image,
      User: '1000:1000',
      ReadonlyRootFilesystem: true,
      Privileged: false,
      RuntimePlatform: { CpuArchitecture: 'ARM64' },
      ResourceRequirements: [
        { Type: 'VCPU', Value: '4' },
        { Type: 'MEMORY', Value: '8192' },
      ],
    });
    const environment = container()['Environment'] as { Name: string }[];
    expect(environment.map(({ Name }) => Name)).toEqual(
      expect.arrayContaining(['GLIMPSE_REPOSITORY', 'GLIMPSE_DATA_DIR', 'GLIMPSE_DATASET_URIS']),
    );
  });

  it('tries again when spot was taken back, and ends by EXIT for every other reason', () => {
    const { Attempts: attempts, EvaluateOnExit: rules } = definition()['RetryStrategy'] as {
      Attempts: number;
      EvaluateOnExit: Properties[];
    };
    expect(attempts).toBe(3);
    expect(rules[0]).toEqual({
      OnStatusReason: 'Your Spot Task was interrupted*',
      Action: 'RETRY',
    });
    expect(rules.at(-1)).toEqual({ OnExitCode: '*', Action: 'EXIT' });
  });

  it('ends an attempt that takes too long', () => {
    expect(definition()['Timeout']).toEqual({ AttemptDurationSeconds: 6 * 60 * 60 });
  });

  it('may read and write the repository, and tells the topic of jobs that failed', () => {
    const made = synthesised(full);
    const actions = new Set(actionsOf(made.statementsOf('ServiceTrainingRole')));
    expect([...actions]).toEqual([
      'kms:Decrypt',
      'kms:GenerateDataKey',
      's3:AbortMultipartUpload',
      's3:DeleteObject',
      's3:GetObject',
      's3:ListBucket',
      's3:PutObject',
    ]);
    expect(made.only('AWS::Events::Rule')).toMatchObject({
      EventPattern: { source: ['aws.batch'], detail: { status: ['FAILED'] } },
      Targets: [{ Arn: { Ref: expect.stringContaining('Topic') } }],
    });
  });
});
