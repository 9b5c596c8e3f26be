import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { full, synthesised } from './synthesised.ts';

const byDefault = () => synthesised();
const platform = (made = byDefault()) => made.only('AWS::ECS::TaskDefinition')['RuntimePlatform'];

describe('the task', () => {
  it('runs on ARM64, or on x86 where that is asked for', () => {
    expect(platform()).toEqual({ CpuArchitecture: 'ARM64', OperatingSystemFamily: 'LINUX' });
    expect(platform(synthesised({ architecture: 'X86_64' }))).toMatchObject({
      CpuArchitecture: 'X86_64',
    });
  });

  it('cannot change itself, and is nobody else', () => {
    const container = byDefault().container();
    expect(container).toMatchObject({
      Essential: true,
      User: '1000:1000',
      ReadonlyRootFilesystem: true,
      LinuxParameters: { InitProcessEnabled: true, Capabilities: { Drop: ['ALL'] } },
    });
    expect(container).not.toHaveProperty('Privileged');
  });

  it('has a volume for what is written: scratch and the models that were fetched', () => {
    const { MountPoints: mounts } = byDefault().container();
    expect(mounts).toEqual([
      { ContainerPath: '/data', ReadOnly: false, SourceVolume: 'data' },
      { ContainerPath: '/tmp', ReadOnly: false, SourceVolume: 'tmp' },
    ]);
    expect(byDefault().environment()['GLIMPSE_DATA_DIR']).toBe('/data');
    expect(byDefault().only('AWS::ECS::TaskDefinition')).toMatchObject({
      Volumes: [{ Name: 'data' }, { Name: 'tmp' }],
      EphemeralStorage: { SizeInGiB: 30 },
    });
  });

  it('may open 65,536 files and has a minute to end, more than the server takes', () => {
    const made = byDefault();
    expect(made.container()).toMatchObject({
      StopTimeout: 60,
      Ulimits: [{ Name: 'nofile', SoftLimit: 65_536, HardLimit: 65_536 }],
    });
    const { GLIMPSE_SHUTDOWN_GRACE_MS: grace, GLIMPSE_DRAIN_DELAY_MS: drain } = made.environment();
    expect(Number(grace)).toBeLessThan(60_000);
    expect(Number(drain)).toBeLessThan(Number(grace));
  });

  it('is asked for its health by the program of the image', () => {
    expect(byDefault().container()['HealthCheck']).toEqual({
      Command: ['CMD', 'node', 'dist/healthcheck.js'],
      Interval: 30,
      Timeout: 5,
      Retries: 3,
      StartPeriod: 60,
    });
  });

  it('logs without waiting for the log', () => {
    expect(byDefault().container()['LogConfiguration']).toMatchObject({
      LogDriver: 'awslogs',
      Options: { mode: 'non-blocking', 'max-buffer-size': '26214400b' },
    });
  });

  it('has its admin key from Secrets Manager, and no secret in its environment', () => {
    const made = synthesised({ secrets: { GLIMPSE_API_KEY: 'shop/key' } });
    const secrets = made.container()['Secrets'] as { Name: string; ValueFrom: unknown }[];
    expect(secrets.map(({ Name }) => Name)).toEqual(['GLIMPSE_ADMIN_KEY', 'GLIMPSE_API_KEY']);
    expect(JSON.stringify(secrets[0]!.ValueFrom)).toContain(':secret:glimpse/admin-key');
    expect(made.environment()).not.toHaveProperty('GLIMPSE_ADMIN_KEY');
    const read = made.statementsOf('ServiceExecutionRole').find(({ Sid }) => Sid === 'ReadSecrets');
    expect(JSON.stringify(read)).toContain(':secret:glimpse/admin-key-??????');
    expect(read!.Resource).toHaveLength(2);
  });

  it('is told what the load balancer and scaling rely on', () => {
    const environment = byDefault().environment();
    expect(environment).toMatchObject({
      GLIMPSE_OPEN_PREDICT: '1',
      GLIMPSE_KEYS_FILE: '/data/keys.json',
      GLIMPSE_EMF_INTERVAL_SECONDS: '60',
      GLIMPSE_EMF_NAMESPACE: 'Glimpse/glimpse',
      UV_THREADPOOL_SIZE: '4',
    });
    expect(Number(environment['GLIMPSE_KEEP_ALIVE_TIMEOUT_MS'])).toBeGreaterThan(60_000);
    expect(JSON.stringify(environment['GLIMPSE_ALLOWED_HOSTS'])).toContain('DNSName');
  });
});

describe('the service', () => {
  it('replaces tasks one by one and goes back when new ones do not become healthy', () => {
    const service = byDefault().only('AWS::ECS::Service');
    expect(service).toMatchObject({
      LaunchType: 'FARGATE',
      HealthCheckGracePeriodSeconds: 90,
      DeploymentConfiguration: {
        MinimumHealthyPercent: 100,
        MaximumPercent: 200,
        DeploymentCircuitBreaker: { Enable: true, Rollback: true },
        Alarms: { Enable: true, Rollback: true },
      },
      NetworkConfiguration: { AwsvpcConfiguration: { AssignPublicIp: 'DISABLED' } },
    });
    // A deployment would otherwise set back what autoscaling has added.
    expect(service).not.toHaveProperty('DesiredCount');
  });

  it('has no task while the repository is empty, and then no alarm that there is none', () => {
    const made = synthesised({ tasks: { min: 0, max: 0 } });
    expect(made.only('AWS::ECS::Service')).toMatchObject({ DesiredCount: 0 });
    const target = made.only('AWS::ApplicationAutoScaling::ScalableTarget');
    expect(target).toMatchObject({ MinCapacity: 0, MaxCapacity: 0 });
    expect(JSON.stringify(made.of('AWS::CloudWatch::Alarm'))).not.toContain('NoHealthyTask');
  });

  it('is blue/green by setting: two groups of targets, a bake time and the alarms', () => {
    const made = synthesised(full);
    const service = made.only('AWS::ECS::Service');
    expect(service['DeploymentConfiguration']).toMatchObject({
      Strategy: 'BLUE_GREEN',
      BakeTimeInMinutes: 10,
      Alarms: {
        Enable: true,
        Rollback: true,
        AlarmNames: [Match.anyValue(), Match.anyValue()].map(() => expect.anything()),
      },
    });
    // ECS has it in rolling deployments only, and refuses it here.
    expect(service['DeploymentConfiguration']).not.toHaveProperty('DeploymentCircuitBreaker');
    expect(Object.keys(made.of('AWS::ElasticLoadBalancingV2::TargetGroup'))).toHaveLength(2);
    expect(service['LoadBalancers']).toMatchObject([
      {
        ContainerName: 'glimpse',
        ContainerPort: 8080,
        AdvancedConfiguration: {
          AlternateTargetGroupArn: { Ref: expect.stringContaining('OtherTargets') },
          ProductionListenerRule: { Ref: expect.stringContaining('Requests') },
        },
      },
    ]);
    const rule = made.only('AWS::ElasticLoadBalancingV2::ListenerRule') as {
      Actions: { ForwardConfig: { TargetGroups: { Weight: number }[] } }[];
    };
    const weights = rule.Actions[0]!.ForwardConfig.TargetGroups.map(({ Weight }) => Weight);
    expect(weights).toEqual([100, 0]);
  });
});

describe('the load balancer', () => {
  it('asks /readyz, warms tasks up and lets go of them after half a minute', () => {
    const group = byDefault().only('AWS::ElasticLoadBalancingV2::TargetGroup');
    expect(group).toMatchObject({
      TargetType: 'ip',
      Port: 8080,
      HealthCheckPath: '/readyz',
      HealthCheckIntervalSeconds: 10,
      HealthCheckTimeoutSeconds: 5,
      HealthyThresholdCount: 2,
      UnhealthyThresholdCount: 3,
    });
    const attributes = group['TargetGroupAttributes'] as { Key: string; Value: string }[];
    const of = (key: string) => attributes.find(({ Key }) => Key === key)?.Value;
    expect(of('deregistration_delay.timeout_seconds')).toBe('30');
    expect(of('slow_start.duration_seconds')).toBe('30');
  });

  it('speaks HTTPS where a certificate is given, and sends HTTP there', () => {
    const made = synthesised(full);
    const listeners = Object.values(made.of('AWS::ElasticLoadBalancingV2::Listener'));
    expect(listeners.map(({ Port }) => String(Port)).toSorted()).toEqual(['443', '80']);
    const https = listeners.find(({ Port }) => Port === 443)!;
    expect(https).toMatchObject({
      Protocol: 'HTTPS',
      SslPolicy: 'ELBSecurityPolicy-TLS13-1-2-Res-2021-06',
    });
    const http = listeners.find(({ Port }) => Port === 80)!;
    expect(http['DefaultActions']).toMatchObject([
      { Type: 'redirect', RedirectConfig: { Protocol: 'HTTPS', StatusCode: 'HTTP_301' } },
    ]);
    expect(made.warnings.join()).not.toContain('plain HTTP');
  });

  it('warns that without a certificate keys cross the internet by plain HTTP', () => {
    const made = byDefault();
    expect(made.only('AWS::ElasticLoadBalancingV2::Listener')).toMatchObject({ Port: 80 });
    expect(made.warnings).toEqual([
      expect.stringContaining('keys and images cross the internet by plain HTTP'),
    ]);
  });

  it('reaches the tasks at their port and nobody else does', () => {
    const made = byDefault();
    const ingress = Object.values(made.of('AWS::EC2::SecurityGroupIngress'));
    expect(ingress).toMatchObject([{ FromPort: 8080, ToPort: 8080, IpProtocol: 'tcp' }]);
    expect(ingress[0]).toHaveProperty('SourceSecurityGroupId');
    const groups = made.of('AWS::EC2::SecurityGroup');
    const tasks = Object.entries(groups).find(([name]) => name.includes('TaskGroup'))![1];
    expect(tasks).not.toHaveProperty('SecurityGroupIngress');
    expect(tasks['SecurityGroupEgress']).toMatchObject([{ FromPort: 443, ToPort: 443 }]);
  });

  it('lets in only the ranges that are given, and may stand inside of the network', () => {
    const made = synthesised({
      loadBalancer: { internetFacing: false, allowedCidrs: ['10.0.0.0/8'] },
    });
    expect(made.only('AWS::ElasticLoadBalancingV2::LoadBalancer')).toMatchObject({
      Scheme: 'internal',
    });
    const balancer = Object.values(made.of('AWS::EC2::SecurityGroup')).find(
      (group) => 'SecurityGroupIngress' in group,
    )!;
    expect(balancer['SecurityGroupIngress']).toMatchObject([{ CidrIp: '10.0.0.0/8' }]);
    expect(made.warnings).toEqual([expect.stringContaining('cross the network by plain HTTP')]);
  });

  it('drops headers that are none, cannot be deleted by mistake, and writes down who called', () => {
    const { LoadBalancerAttributes: list } = byDefault().only(
      'AWS::ElasticLoadBalancingV2::LoadBalancer',
    );
    const attributes = Object.fromEntries(
      (list as { Key: string; Value: unknown }[]).map(({ Key, Value }) => [Key, Value]),
    );
    expect(attributes).toMatchObject({
      'deletion_protection.enabled': 'true',
      'routing.http.drop_invalid_header_fields.enabled': 'true',
      'idle_timeout.timeout_seconds': '60',
      'access_logs.s3.enabled': 'true',
    });
    expect(synthesised(full).only('AWS::WAFv2::WebACLAssociation')).toMatchObject({
      WebACLArn: full.loadBalancer!.webAclArn,
    });
  });
});
