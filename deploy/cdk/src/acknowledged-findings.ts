import { type CfnResource, Stack, Validations } from 'aws-cdk-lib';
import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct, IConstruct } from 'constructs';

/** Why a statement names more than single resources. Whose name is not here has to name them. */
const wildcardReasons: Readonly<Record<string, string>> = {
  ReadRepository: 'Every version is an object of its own below the prefix of the repository.',
  WriteRepository:
    'A new version is written below the prefix of the repository, under a name of its own.',
  TidyJobs: 'The files of a job lie below a folder of its own, which goes with it.',
  ReadDatasets: 'A dataset is many objects below the prefix that the settings name.',
  SubmitJobs: 'A job definition has a revision, which grows with every deployment.',
  ListJobs: 'batch:ListJobs knows no resources.',
  TerminateJobs: 'A job has its number when it is submitted.',
  SignInToRegistry: 'ecr:GetAuthorizationToken knows no resources.',
  WriteLog: 'Every task writes a stream of its own in the log group.',
  WriteFlowLog: 'Every network interface has a stream of its own in the log group.',
  ReadSecrets:
    'Secrets Manager puts six characters behind the name of a secret, which only its ARN has.',
  LookAtLoadBalancer: 'The elasticloadbalancing:Describe calls know no resources.',
};

const rule = (id: string): string => `AwsSolutions::AwsSolutions-${id}`;

/** Has cdk-nag know why the statements of a role have wildcards, one by one; every other one is a finding. */
export function acknowledgeWildcards(
  role: Construct,
  statements: readonly PolicyStatement[],
): void {
  const stack = Stack.of(role);
  for (const { sid = '', resources } of statements) {
    const reason = wildcardReasons[sid.replace(/\d+$/, '')];
    for (const resource of resources.map((one) => written(stack.resolve(one)))) {
      if (reason === undefined || !/[*?]/.test(resource)) continue;
      Validations.of(role).acknowledge({ id: rule(`IAM5[Resource::${resource}]`), reason });
    }
  }
}

/** A value of a template as cdk-nag writes it in the name of a finding. */
function written(value: unknown): string {
  if (typeof value === 'string') return value;
  const [kind, inner] = Object.entries(value as object)[0] as [string, unknown];
  if (kind === 'Ref') return `<${String(inner)}>`;
  if (kind === 'Fn::GetAtt') return `<${(inner as string[]).join('.')}>`;
  if (kind === 'Fn::Join') return (inner as [string, unknown[]])[1].map(written).join('');
  throw new Error(`A resource of a statement is written by ${kind}.`);
}

/** A finding of cdk-nag on a construct, and why it stands. */
export function acknowledge(construct: IConstruct, id: string, reason: string): void {
  Validations.of(construct).acknowledge({ id: rule(id), reason });
}

/** A finding of checkov on a resource, and why it stands: both are written into the template, where checkov reads them. */
export function skipCheck(construct: IConstruct, id: string, comment: string): void {
  const resource = (construct.node.defaultChild ?? construct) as CfnResource;
  const { skip = [] } = (resource.getMetadata('checkov') ?? {}) as { skip?: object[] };
  resource.addMetadata('checkov', { skip: [...skip, { id, comment }] });
}
