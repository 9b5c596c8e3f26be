import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import type { Stack } from 'aws-cdk-lib';

export interface ServiceImage {
  readonly uri: string;
  readonly container: ContainerImage;
  /** The repository in ECR that it is pulled from, if it is one. */
  readonly repositoryArn: string | undefined;
}

const inEcr = /^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?\/([^:@]+)[:@]/;
const inRegistry = /^[^/]*[.:][^/]*\//;

/** Where an image comes from: without a registry in front it is in the account's own ECR, in the region of the stack. */
export function serviceImage(stack: Stack, image: string): ServiceImage {
  const ecr = inEcr.exec(image);
  if (ecr) {
    const [, account, region, repository = ''] = ecr;
    return imageOf(image, stack.formatArn({ ...inRepository(repository), account, region }));
  }
  if (inRegistry.test(image)) return imageOf(image, undefined);
  const { account, region, urlSuffix } = stack;
  const repository = image.replace(/[:@].*$/, '');
  const uri = `${account}.dkr.ecr.${region}.${urlSuffix}/${image}`;
  return imageOf(uri, stack.formatArn(inRepository(repository)));
}

const inRepository = (resourceName: string) => ({
  service: 'ecr',
  resource: 'repository',
  resourceName,
});

function imageOf(uri: string, repositoryArn: string | undefined): ServiceImage {
  return { uri, container: ContainerImage.fromRegistry(uri), repositoryArn };
}
