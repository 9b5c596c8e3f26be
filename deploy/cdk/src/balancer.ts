import { Annotations, Duration } from 'aws-cdk-lib';
import { type IVpc, type SecurityGroup, SubnetType } from 'aws-cdk-lib/aws-ec2';
import {
  ApplicationListener,
  ApplicationListenerRule,
  ApplicationLoadBalancer,
  ApplicationProtocol,
  ApplicationTargetGroup,
  ListenerAction,
  ListenerCertificate,
  ListenerCondition,
  SslPolicy,
  TargetType,
} from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import { CfnWebACLAssociation } from 'aws-cdk-lib/aws-wafv2';
import type { Construct } from 'constructs';
import { skipCheck } from './acknowledged-findings.ts';
import type { Settings } from './settings.ts';
import { containerPort } from './task.ts';

export interface Balancer {
  readonly loadBalancer: ApplicationLoadBalancer;
  readonly listener: ApplicationListener;
  /** The first has the requests; the second is the other side of blue/green. */
  readonly targetGroups: readonly [ApplicationTargetGroup, ...ApplicationTargetGroup[]];
  /** Which of them has the requests: what blue/green changes. */
  readonly rule: ApplicationListenerRule | undefined;
  readonly hostNames: readonly string[];
}

/** How long the load balancer keeps an idle connection; the server keeps it longer. */
const idleSeconds = 60;

export function serviceBalancer(
  scope: Construct,
  settings: Settings,
  parts: {
    readonly vpc: IVpc;
    readonly group: SecurityGroup;
    readonly accessLogs: Bucket | undefined;
  },
): Balancer {
  const { loadBalancer: asked } = settings;
  const loadBalancer = new ApplicationLoadBalancer(scope, 'Balancer', {
    vpc: parts.vpc,
    internetFacing: asked.internetFacing,
    securityGroup: parts.group,
    idleTimeout: Duration.seconds(idleSeconds),
    dropInvalidHeaderFields: true,
    deletionProtection: asked.deletionProtection,
    vpcSubnets: {
      subnetType: asked.internetFacing ? SubnetType.PUBLIC : SubnetType.PRIVATE_WITH_EGRESS,
    },
  });
  if (parts.accessLogs) {
    loadBalancer.setAttribute('access_logs.s3.enabled', 'true');
    loadBalancer.setAttribute('access_logs.s3.bucket', parts.accessLogs.bucketName);
    loadBalancer.setAttribute('access_logs.s3.prefix', 'alb');
    // It tries to write as soon as it is told to, and must be allowed to by then.
    loadBalancer.node.addDependency(parts.accessLogs.policy!);
  }
  if (asked.webAclArn !== null) {
    new CfnWebACLAssociation(scope, 'WebAclAssociation', {
      resourceArn: loadBalancer.loadBalancerArn,
      webAclArn: asked.webAclArn,
    });
  }
  return withListeners(scope, settings, loadBalancer, parts.vpc);
}

function withListeners(
  scope: Construct,
  settings: Settings,
  loadBalancer: ApplicationLoadBalancer,
  vpc: IVpc,
): Balancer {
  const hostNames = [loadBalancer.loadBalancerDnsName, ...settings.loadBalancer.hostNames];
  const first = targetGroup(scope, 'Targets', vpc);
  if (settings.deployment.strategy === 'rolling') {
    const listener = addListener(scope, settings, loadBalancer, ListenerAction.forward([first]));
    return { loadBalancer, listener, targetGroups: [first], rule: undefined, hostNames };
  }
  const second = targetGroup(scope, 'OtherTargets', vpc);
  const nothing = ListenerAction.fixedResponse(404);
  const listener = addListener(scope, settings, loadBalancer, nothing);
  const rule = new ApplicationListenerRule(scope, 'Requests', {
    listener,
    priority: 1,
    conditions: [ListenerCondition.pathPatterns(['*'])],
    action: ListenerAction.weightedForward([
      { targetGroup: first, weight: 100 },
      { targetGroup: second, weight: 0 },
    ]),
  });
  return { loadBalancer, listener, targetGroups: [first, second], rule, hostNames };
}

function addListener(
  scope: Construct,
  { loadBalancer: { certificateArn, internetFacing } }: Settings,
  loadBalancer: ApplicationLoadBalancer,
  defaultAction: ListenerAction,
): ApplicationListener {
  if (certificateArn === null) {
    const whom = internetFacing ? 'the internet' : 'the network';
    Annotations.of(scope).addWarningV2(
      'glimpse:plain-http',
      `loadBalancer.certificateArn is not set: keys and images cross ${whom} by plain HTTP.`,
    );
    const http = { port: 80, protocol: ApplicationProtocol.HTTP, open: false, defaultAction };
    const listener = loadBalancer.addListener('Http', http);
    for (const id of ['CKV_AWS_2', 'CKV_AWS_103']) {
      skipCheck(listener, id, 'No certificate was given; synthesis warns of it.');
    }
    return listener;
  }
  loadBalancer.addListener('Http', {
    port: 80,
    protocol: ApplicationProtocol.HTTP,
    open: false,
    defaultAction: ListenerAction.redirect({ protocol: 'HTTPS', port: '443', permanent: true }),
  });
  return loadBalancer.addListener('Https', {
    port: 443,
    protocol: ApplicationProtocol.HTTPS,
    certificates: [ListenerCertificate.fromArn(certificateArn)],
    sslPolicy: SslPolicy.TLS13_RES,
    open: false,
    defaultAction,
  });
}

/** Tasks are asked by /readyz, warm up slowly, and are forgotten half a minute after they have begun to end. */
function targetGroup(scope: Construct, id: string, vpc: IVpc): ApplicationTargetGroup {
  return new ApplicationTargetGroup(scope, id, {
    vpc,
    targetType: TargetType.IP,
    port: containerPort,
    protocol: ApplicationProtocol.HTTP,
    healthCheck: {
      path: '/readyz',
      interval: Duration.seconds(10),
      timeout: Duration.seconds(5),
      healthyThresholdCount: 2,
      unhealthyThresholdCount: 3,
      healthyHttpCodes: '200',
    },
    deregistrationDelay: Duration.seconds(30),
    slowStart: Duration.seconds(30),
  });
}
