/** Where the service stands in a network that exists already. */
export interface GivenNetwork {
  readonly vpcId: string;
  /** Of private subnets the tasks run in, of public ones the load balancer stands in where the internet shall reach it. */
  readonly availabilityZones: readonly string[];
  readonly publicSubnetIds: readonly string[];
  readonly privateSubnetIds: readonly string[];
  /** One for each private subnet: where the way to S3 is entered. */
  readonly privateRouteTableIds: readonly string[];
  /** False where the network has an S3 gateway endpoint of its own. */
  readonly s3Endpoint: boolean;
}

export interface Settings {
  /** Of the stack; the metrics of CloudWatch are those of `Glimpse/<name>`. */
  readonly name: string;
  /** Without a registry in front: a repository of this name in the ECR of the account. */
  readonly image: string;
  readonly architecture: 'ARM64' | 'X86_64';
  /** In units of ECS: 1024 are one vCPU. */
  readonly cpu: number;
  readonly memoryMiB: number;
  readonly ephemeralStorageGiB: number;
  /** Both 0: everything is made but the tasks, which could not become ready before the repository has a model. */
  readonly tasks: { readonly min: number; readonly max: number };
  readonly scaling: {
    /** Null: tasks are not added by requests. With blue-green it cannot be had. */
    readonly requestsPerTargetPerMinute: number | null;
    /** How long the longest queue of any of `models` may be, before there are more tasks. */
    readonly queueWaitSeconds: number;
    readonly cpuPercent: number;
  };
  /** The first is what POST /predict asks; each has its own queue time and drift in CloudWatch. */
  readonly models: readonly string[];
  /** Null: a bucket is made. */
  readonly bucketName: string | null;
  readonly prefix: string;
  readonly kmsKeyArn: string | null;
  readonly noncurrentDays: number;
  /** Null: a network is made. */
  readonly network: GivenNetwork | null;
  readonly newNetwork: {
    readonly availabilityZones: number;
    readonly natGateways: number;
    readonly flowLogs: boolean;
  };
  readonly loadBalancer: {
    readonly internetFacing: boolean;
    readonly certificateArn: string | null;
    /** The names callers use beside the load balancer's own. */
    readonly hostNames: readonly string[];
    readonly allowedCidrs: readonly string[];
    readonly webAclArn: string | null;
    readonly accessLogs: boolean;
    readonly deletionProtection: boolean;
  };
  readonly deployment: {
    readonly strategy: 'rolling' | 'blue-green';
    /** How long the old tasks stay beside the new ones, which have all requests by then. */
    readonly bakeMinutes: number;
  };
  /** Name or ARN of the secret with the admin key. */
  readonly adminKeySecret: string;
  /** Further secrets: the setting that takes it, and the name or ARN of the secret. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly openPredict: boolean;
  readonly environment: Readonly<Record<string, string>>;
  readonly alarms: {
    /** Null: a topic is made. */
    readonly topicArn: string | null;
    readonly email: string | null;
    readonly errorPercent: number;
    readonly latencySeconds: number;
    readonly driftPsi: number;
  };
  readonly prometheus: {
    readonly enabled: boolean;
    /** Null: a workspace is made. */
    readonly workspaceArn: string | null;
    readonly collectorImage: string;
  };
  readonly training: {
    /** none: the server only predicts, and can write nothing. server: jobs run in its tasks. batch: on AWS Batch. */
    readonly mode: 'none' | 'server' | 'batch';
    /** Prefixes that callers may name as datasets: s3://bucket/prefix. */
    readonly datasets: readonly string[];
    readonly spot: boolean;
    readonly cpu: number;
    readonly memoryMiB: number;
    readonly maxVcpus: number;
    readonly attempts: number;
    readonly timeoutMinutes: number;
  };
  readonly containerInsights: 'enabled' | 'enhanced';
  readonly logRetentionDays: number;
}

export const defaultSettings: Settings = {
  name: 'glimpse',
  image: 'glimpse:0.1.0',
  architecture: 'ARM64',
  cpu: 1024,
  memoryMiB: 2048,
  ephemeralStorageGiB: 30,
  tasks: { min: 2, max: 6 },
  scaling: { requestsPerTargetPerMinute: 6000, queueWaitSeconds: 0.1, cpuPercent: 60 },
  models: ['digits'],
  bucketName: null,
  prefix: 'models',
  kmsKeyArn: null,
  noncurrentDays: 30,
  network: null,
  newNetwork: { availabilityZones: 2, natGateways: 1, flowLogs: true },
  loadBalancer: {
    internetFacing: true,
    certificateArn: null,
    hostNames: [],
    allowedCidrs: ['0.0.0.0/0'],
    webAclArn: null,
    accessLogs: true,
    deletionProtection: true,
  },
  deployment: { strategy: 'rolling', bakeMinutes: 10 },
  adminKeySecret: 'glimpse/admin-key',
  secrets: {},
  openPredict: true,
  environment: {},
  alarms: { topicArn: null, email: null, errorPercent: 1, latencySeconds: 1, driftPsi: 0.25 },
  prometheus: {
    enabled: false,
    workspaceArn: null,
    collectorImage: 'public.ecr.aws/aws-observability/aws-otel-collector:v0.48.0',
  },
  training: {
    mode: 'none',
    datasets: [],
    spot: true,
    cpu: 4096,
    memoryMiB: 8192,
    maxVcpus: 16,
    attempts: 3,
    timeoutMinutes: 360,
  },
  containerInsights: 'enhanced',
  logRetentionDays: 30,
};

/** What was given, laid over the defaults one level deep. */
export type GivenSettings = {
  readonly [Key in keyof Settings]?: Settings[Key] extends readonly unknown[] | null | string
    ? Settings[Key]
    : Settings[Key] extends object
      ? Partial<Settings[Key]>
      : Settings[Key];
};

/** Records are laid over their defaults; lists, and what has no default, are taken as they are. */
export function filledIn(given: GivenSettings): Settings {
  const entries = Object.entries(defaultSettings).map(([key, standard]: [string, unknown]) => {
    const own = (given as Record<string, unknown>)[key];
    if (own === undefined) return [key, standard];
    const isRecord = typeof standard === 'object' && standard !== null && !Array.isArray(standard);
    return [key, isRecord ? { ...standard, ...(own as object) } : own];
  });
  return Object.fromEntries(entries) as Settings;
}
