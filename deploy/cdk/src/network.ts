import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import {
  FlowLog,
  FlowLogDestination,
  FlowLogResourceType,
  FlowLogTrafficType,
  GatewayVpcEndpoint,
  GatewayVpcEndpointAwsService,
  IpAddresses,
  type IVpc,
  Peer,
  Port,
  SecurityGroup,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { acknowledge, skipCheck } from './acknowledged-findings.ts';
import { logGroup } from './logs.ts';
import { serviceRole } from './permissions.ts';
import type { GivenNetwork, Settings } from './settings.ts';

/** The network that was given, or a new one. S3 is reached through a gateway, which costs nothing. */
export function serviceNetwork(scope: Construct, settings: Settings, given?: IVpc): IVpc {
  const vpc =
    given ?? (settings.network ? knownVpc(scope, settings.network) : newVpc(scope, settings));
  if (settings.network?.s3Endpoint !== false) {
    new GatewayVpcEndpoint(scope, 'S3Endpoint', {
      vpc,
      service: GatewayVpcEndpointAwsService.S3,
      subnets: [{ subnets: vpc.privateSubnets }],
    });
  }
  return vpc;
}

function knownVpc(scope: Construct, network: GivenNetwork): IVpc {
  const { vpcId, availabilityZones, publicSubnetIds, privateSubnetIds, privateRouteTableIds } =
    network;
  return Vpc.fromVpcAttributes(scope, 'Vpc', {
    vpcId,
    availabilityZones: [...availabilityZones],
    privateSubnetIds: [...privateSubnetIds],
    privateSubnetRouteTableIds: [...privateRouteTableIds],
    ...(publicSubnetIds.length > 0 && { publicSubnetIds: [...publicSubnetIds] }),
  });
}

function newVpc(scope: Construct, { newNetwork, logRetentionDays }: Settings): Vpc {
  const vpc = new Vpc(scope, 'Vpc', {
    ipAddresses: IpAddresses.cidr('10.42.0.0/16'),
    maxAzs: newNetwork.availabilityZones,
    natGateways: newNetwork.natGateways,
    // Without the custom resource that empties the default security group: nothing here uses that group.
    restrictDefaultSecurityGroup: false,
    subnetConfiguration: [
      { name: 'Public', subnetType: SubnetType.PUBLIC, cidrMask: 24, mapPublicIpOnLaunch: false },
      { name: 'Private', subnetType: SubnetType.PRIVATE_WITH_EGRESS, cidrMask: 20 },
    ],
  });
  if (newNetwork.flowLogs) flowLogs(scope, vpc, logRetentionDays);
  return vpc;
}

function flowLogs(scope: Construct, vpc: Vpc, days: number): void {
  const group = logGroup(scope, 'FlowLogGroup', days, RemovalPolicy.DESTROY);
  const role = serviceRole(scope, 'FlowLogRole', 'vpc-flow-logs.amazonaws.com', [
    new PolicyStatement({
      sid: 'WriteFlowLog',
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents', 'logs:DescribeLogStreams'],
      resources: [`${group.logGroupRef.logGroupArn}:*`],
    }),
  ]);
  new FlowLog(scope, 'FlowLog', {
    resourceType: FlowLogResourceType.fromVpc(vpc),
    trafficType: FlowLogTrafficType.REJECT,
    destination: FlowLogDestination.toCloudWatchLogs(group, role.withoutPolicyUpdates()),
  });
}

/** Who may reach whom: callers the load balancer, it the tasks, and these S3 and the other APIs of AWS. */
export function securityGroups(
  scope: Construct,
  vpc: IVpc,
  { loadBalancer: { allowedCidrs, certificateArn } }: Settings,
  containerPort: number,
): { readonly balancer: SecurityGroup; readonly tasks: SecurityGroup } {
  const stack = Stack.of(scope).stackName;
  const balancer = new SecurityGroup(scope, 'BalancerGroup', {
    vpc,
    description: `Callers of ${stack}`,
    allowAllOutbound: false,
  });
  const tasks = outgoingGroup(scope, 'TaskGroup', vpc, `Tasks of ${stack}`);
  const ports = certificateArn === null ? [80] : [443, 80];
  for (const range of allowedCidrs) {
    for (const port of ports) {
      const purpose = port === 80 && certificateArn !== null ? 'is sent on to HTTPS' : 'callers';
      balancer.addIngressRule(Peer.ipv4(range), Port.tcp(port), purpose);
    }
  }
  if (allowedCidrs.includes('0.0.0.0/0')) {
    const reason = 'The settings let everybody call: loadBalancer.allowedCidrs.';
    acknowledge(balancer, 'EC23', reason);
    skipCheck(balancer, 'CKV_AWS_260', reason);
  }
  balancer.addEgressRule(tasks, Port.tcp(containerPort), 'requests and health checks');
  tasks.addIngressRule(balancer, Port.tcp(containerPort), 'requests and health checks');
  return { balancer, tasks };
}

/** For what calls out by HTTPS and nothing else. */
export function outgoingGroup(
  scope: Construct,
  id: string,
  vpc: IVpc,
  description: string,
): SecurityGroup {
  const group = new SecurityGroup(scope, id, { vpc, description, allowAllOutbound: false });
  group.addEgressRule(Peer.anyIpv4(), Port.tcp(443), 'S3 and other APIs of AWS');
  return group;
}
