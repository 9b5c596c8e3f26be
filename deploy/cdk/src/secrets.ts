import { Stack } from 'aws-cdk-lib';
import { Secret as ContainerSecret } from 'aws-cdk-lib/aws-ecs';
import { Secret, type ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import type { Settings } from './settings.ts';

export interface ServiceSecrets {
  /** By the setting that takes each. */
  readonly variables: Record<string, ContainerSecret>;
  /** What ECS must be allowed to read. */
  readonly arns: readonly string[];
}

/**
 * The secrets that exist already, by name or ARN. None is made here: the admin key has a form of its own (`glimpse keys create`), which
 * Secrets Manager cannot generate, and a secret of a template is known to whoever may read the template.
 */
export function serviceSecrets(
  scope: Construct,
  { adminKeySecret, secrets }: Settings,
): ServiceSecrets {
  const wanted = Object.entries({ GLIMPSE_ADMIN_KEY: adminKeySecret, ...secrets });
  const found = wanted.map(([variable, name]) => ({
    variable,
    ...secretOf(scope, `Secret${variable}`, name),
  }));
  return {
    variables: Object.fromEntries(
      found.map(({ variable, secret }) => [variable, ContainerSecret.fromSecretsManager(secret)]),
    ),
    arns: found.map(({ arn }) => arn),
  };
}

/** An ARN has six characters behind the name of the secret; of a secret named alone they are not known. */
function secretOf(scope: Construct, id: string, name: string): { secret: ISecret; arn: string } {
  if (name.startsWith('arn:')) {
    return { secret: Secret.fromSecretCompleteArn(scope, id, name), arn: name };
  }
  const secret = Secret.fromSecretNameV2(scope, id, name);
  const { account, partition, region } = Stack.of(scope);
  const arn = `arn:${partition}:secretsmanager:${region}:${account}:secret:${name}-??????`;
  return { secret, arn };
}
