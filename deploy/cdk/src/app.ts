import { App, DefaultStackSynthesizer, Stack, Tags, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { GlimpseService } from './glimpse-service.ts';
import { readSettings } from './read-settings.ts';
import type { GivenSettings } from './settings.ts';

/** CloudFormation's published schemas have no tags for these. */
const untagged = [
  'AWS::ElasticLoadBalancingV2::Listener',
  'AWS::ElasticLoadBalancingV2::ListenerRule',
  'AWS::ApplicationAutoScaling::ScalableTarget',
];

/** One stack with the service, checked by the rules of cdk-nag. Its template asks for no bootstrapped account. */
export function glimpseApp(given: GivenSettings, outdir?: string): { app: App; stack: Stack } {
  const settings = readSettings(given);
  const app = new App({
    analyticsReporting: false,
    treeMetadata: false,
    stackTraces: false,
    // What the CDK's own rules find in a template ends synthesis, as what cdk-nag finds does.
    context: { '@aws-cdk/core:validateAgainstDefaultRules': true },
    ...(outdir !== undefined && { outdir }),
  });
  const stack = new Stack(app, 'Glimpse', {
    stackName: settings.name,
    description: 'Glimpse, the model server for Node teams, on Amazon ECS.',
    synthesizer: new DefaultStackSynthesizer({ generateBootstrapVersionRule: false }),
  });
  new GlimpseService(stack, 'Service', { settings: given });
  Tags.of(stack).add('glimpse:service', settings.name, { excludeResourceTypes: [...untagged] });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  return { app, stack };
}
