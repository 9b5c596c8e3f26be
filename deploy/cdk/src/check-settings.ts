import { environmentProblems } from './check-environment.ts';
import { filledIn, type GivenSettings, type Settings } from './settings.ts';
import { when } from './when-wrong.ts';

/** A sentence for everything that cannot work in settings whose form is right. */
export function problemsOf(given: GivenSettings): string[] {
  const settings = filledIn(given);
  return [
    ...naming(settings),
    ...sizes(settings),
    ...network(settings),
    ...balancer(settings),
    ...scaling(settings, given),
    ...environmentProblems(settings),
    ...training(settings),
  ];
}

function naming({ name, image, prefix, bucketName, adminKeySecret, models }: Settings): string[] {
  const tag = /@sha256:[0-9a-f]{64}$|:([\w.-]{1,128})$/.exec(image);
  return [
    ...when(
      !/^[a-z][a-z0-9-]{0,30}$/.test(name),
      `name is 1 to 31 small letters, digits and hyphens, beginning with a letter, not "${name}".`,
    ),
    ...when(
      tag === null || tag[1] === 'latest',
      `image names a version, by a tag other than latest or by its digest: "${image}" would be another program after every restart.`,
    ),
    ...when(
      !/^[\w.-]+(\/[\w.-]+)*$/.test(prefix),
      `prefix is a path without slashes at its ends, not "${prefix}".`,
    ),
    ...when(
      bucketName !== null && !/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucketName),
      `bucketName is the name of a bucket, not "${bucketName}".`,
    ),
    ...when(adminKeySecret === '', 'adminKeySecret is the name or ARN of a secret.'),
    ...when(models.length === 0, 'models names at least one model: scaling and alarms go by it.'),
    ...when(
      models.length > 10,
      'models names at most 10 models: a scaling policy of CloudWatch takes no more metrics.',
    ),
  ];
}

/** Memory in MiB that Fargate gives beside so much CPU: from, to, in steps of. */
const fargateSizes: Readonly<Record<number, readonly [number, number, number]>> = {
  512: [1024, 4096, 1024],
  1024: [2048, 8192, 1024],
  2048: [4096, 16384, 1024],
  4096: [8192, 30720, 1024],
  8192: [16384, 61440, 4096],
  16384: [32768, 122880, 8192],
};

function fargateSize(path: string, cpu: number, memoryMiB: number): string[] {
  const range = fargateSizes[cpu];
  if (!range) return [`${path}cpu is one of ${Object.keys(fargateSizes).join(', ')}, not ${cpu}.`];
  const [from, to, step] = range;
  return when(
    memoryMiB < from || memoryMiB > to || memoryMiB % step !== 0,
    `${path}memoryMiB beside ${path}cpu ${cpu} is ${from} to ${to} in steps of ${step}, not ${memoryMiB}.`,
  );
}

function sizes({
  cpu,
  memoryMiB,
  tasks,
  ephemeralStorageGiB,
  training,
  alarms,
}: Settings): string[] {
  return [
    ...fargateSize('', cpu, memoryMiB),
    ...fargateSize('training.', training.cpu, training.memoryMiB),
    ...when(
      tasks.max !== 0 && (!Number.isInteger(tasks.min) || tasks.min < 1 || tasks.max < tasks.min),
      `tasks.min is at least 1 and tasks.max no less than that, not ${tasks.min} and ${tasks.max}; both are 0 until the repository has a model.`,
    ),
    ...when(
      tasks.max === 0 && tasks.min !== 0,
      `tasks.min is 0 where tasks.max is, not ${tasks.min}.`,
    ),
    ...when(
      !Number.isInteger(ephemeralStorageGiB) ||
        ephemeralStorageGiB < 21 ||
        ephemeralStorageGiB > 200,
      `ephemeralStorageGiB is 21 to 200, not ${ephemeralStorageGiB}.`,
    ),
    ...when(
      [alarms.errorPercent, alarms.latencySeconds, alarms.driftPsi].some((limit) => limit <= 0),
      'alarms.errorPercent, alarms.latencySeconds and alarms.driftPsi are above 0.',
    ),
  ];
}

function network({ network: given, newNetwork, loadBalancer }: Settings): string[] {
  if (!given) {
    const { availabilityZones: zones, natGateways } = newNetwork;
    return [
      ...when(zones < 2 || zones > 3, `newNetwork.availabilityZones is 2 or 3, not ${zones}.`),
      ...when(
        natGateways < 1 || natGateways > zones,
        `newNetwork.natGateways is 1 to the number of zones, not ${natGateways}: without one no task can fetch its image.`,
      ),
    ];
  }
  const {
    availabilityZones: zones,
    privateSubnetIds,
    publicSubnetIds,
    privateRouteTableIds,
  } = given;
  return [
    ...when(
      zones.length < 2,
      'network.availabilityZones names two or more: a load balancer stands in two.',
    ),
    ...when(
      privateSubnetIds.length !== zones.length || privateRouteTableIds.length !== zones.length,
      'network.privateSubnetIds and network.privateRouteTableIds have one for each of network.availabilityZones.',
    ),
    ...when(
      loadBalancer.internetFacing && publicSubnetIds.length !== zones.length,
      'network.publicSubnetIds has one for each of network.availabilityZones, or loadBalancer.internetFacing is false.',
    ),
  ];
}

const cidr = /^\d{1,3}(\.\d{1,3}){3}\/([0-9]|[12]\d|3[0-2])$/;

function balancer({ loadBalancer, alarms, kmsKeyArn }: Settings): string[] {
  const { certificateArn, allowedCidrs, hostNames } = loadBalancer;
  const wrong = allowedCidrs.filter((one) => !cidr.test(one));
  return [
    ...when(allowedCidrs.length === 0, 'loadBalancer.allowedCidrs is empty: nobody could call.'),
    ...when(
      wrong.length > 0,
      `loadBalancer.allowedCidrs has what is no IPv4 range: ${wrong.join(', ')}.`,
    ),
    ...when(
      certificateArn !== null && !/^arn:[\w-]+:acm:/.test(certificateArn),
      `loadBalancer.certificateArn is the ARN of a certificate in ACM, not "${certificateArn}".`,
    ),
    ...when(
      hostNames.includes('*'),
      'loadBalancer.hostNames names each host: "*" would let any page rebind its name to the server.',
    ),
    ...when(
      alarms.topicArn !== null && alarms.email !== null,
      'alarms.email is for a topic that is made here; whoever gave alarms.topicArn subscribes to it themselves.',
    ),
    ...when(
      kmsKeyArn !== null && !/^arn:[\w-]+:kms:[\w-]+:\d{12}:key\//.test(kmsKeyArn),
      `kmsKeyArn is the ARN of a key in KMS, not "${kmsKeyArn}".`,
    ),
  ];
}

function scaling(
  { deployment, scaling: { queueWaitSeconds, cpuPercent } }: Settings,
  given: GivenSettings,
) {
  const asked = given.scaling?.requestsPerTargetPerMinute;
  return [
    ...when(
      deployment.strategy === 'blue-green' && typeof asked === 'number',
      'scaling.requestsPerTargetPerMinute cannot be had with deployment.strategy blue-green: requests are counted by target group, and there are two that change places.',
    ),
    ...when(
      typeof asked === 'number' && asked <= 0,
      'scaling.requestsPerTargetPerMinute is above 0.',
    ),
    ...when(queueWaitSeconds <= 0, 'scaling.queueWaitSeconds is above 0.'),
    ...when(cpuPercent < 10 || cpuPercent > 90, 'scaling.cpuPercent is 10 to 90.'),
  ];
}

function training({ training: asked, memoryMiB, cpu }: Settings): string[] {
  const wrong = asked.datasets.filter((uri) => !/^s3:\/\/[a-z0-9.-]{3,63}\/[^*?]+$/.test(uri));
  return [
    ...when(wrong.length > 0, `training.datasets are s3://bucket/prefix, not ${wrong.join(', ')}.`),
    ...when(
      asked.mode === 'server' && memoryMiB < 3072,
      `training.mode server needs memoryMiB of 3072 or more: a training may take 2 GiB beside the server, and there are ${memoryMiB}.`,
    ),
    ...when(
      asked.mode === 'server' && cpu < 1024,
      `training.mode server needs cpu of 1024 or more, not ${cpu}.`,
    ),
    ...when(
      !Number.isInteger(asked.attempts) || asked.attempts < 1 || asked.attempts > 10,
      `training.attempts is 1 to 10, not ${asked.attempts}.`,
    ),
    ...when(
      asked.timeoutMinutes < 1 || asked.timeoutMinutes > 14 * 24 * 60,
      `training.timeoutMinutes is 1 to 20160, the fourteen days of Fargate, not ${asked.timeoutMinutes}.`,
    ),
    ...when(
      asked.maxVcpus * 1024 < asked.cpu,
      `training.maxVcpus ${asked.maxVcpus} has no room for one job of ${asked.cpu / 1024} vCPU: it would wait for ever.`,
    ),
  ];
}
