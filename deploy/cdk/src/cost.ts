import type { Load } from './loads.ts';
import type { Price, PriceList } from './prices.ts';
import type { Settings } from './settings.ts';

export interface Cost {
  readonly what: string;
  readonly quantity: number;
  readonly price: Price;
  readonly dollars: number;
}

/** The resources of a template, by their logical names. */
export type Resources = Readonly<Record<string, Resource>>;

export interface Resource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
}

const hoursOfMonth = 730;
const secondsOfMonth = hoursOfMonth * 3600;

/** What a month of this load costs, by what there is in the template. Taxes, free tiers and discounts are left out. */
export function monthlyCosts(
  settings: Settings,
  resources: Resources,
  load: Load,
  { prices }: PriceList,
): Cost[] {
  const cost = (what: string, price: string, quantity: number): Cost => {
    const known = prices[price]!;
    return { what, quantity, price: known, dollars: quantity * known.dollars };
  };
  const requests = load.requestsPerSecond * secondsOfMonth;
  const gigabytes = (bytes: number): number => (requests * bytes) / 1e9;
  const logs = gigabytes(load.logBytes);
  return [
    ...computing(settings, load, cost),
    ...balancing(resources, load, cost),
    cost('answers to callers', 'outGb', gigabytes(load.answerBytes)),
    cost('NAT gateways', 'natHour', countOf(resources, 'AWS::EC2::NatGateway') * hoursOfMonth),
    cost(
      'log and image through them',
      'natGb',
      logs + load.deployments * tasksAt(settings, load) * 0.3,
    ),
    cost('public addresses', 'addressHour', addressesIn(settings, resources) * hoursOfMonth),
    cost('models', 'storeGbMonth', load.modelGigabytes),
    // Each task asks for the labels of each model four times a minute.
    cost(
      'polls of S3',
      'storeReadThousand',
      (tasksAt(settings, load) * settings.models.length * 4 * 60 * hoursOfMonth) / 1000,
    ),
    cost('log', 'logGb', logs),
    ...watching(settings, resources, load, cost),
    cost('secrets', 'secretMonth', 1 + Object.keys(settings.secrets).length),
  ].filter(({ quantity }) => quantity > 0);
}

type AddCost = (what: string, price: string, quantity: number) => Cost;

function computing(settings: Settings, load: Load, cost: AddCost): Cost[] {
  const { architecture, cpu, memoryMiB, ephemeralStorageGiB, training } = settings;
  const [vcpu, gigabyte] =
    architecture === 'ARM64'
      ? ['fargateArmVcpuHour', 'fargateArmGbHour']
      : ['fargateX86VcpuHour', 'fargateX86GbHour'];
  const tasks = tasksAt(settings, load);
  const hours = tasks * hoursOfMonth;
  const jobHours = training.mode === 'batch' ? load.trainingHours : 0;
  const kind = training.spot ? 'training on spot' : 'training';
  const full =
    cost('', vcpu, (training.cpu / 1024) * jobHours).dollars +
    cost('', gigabyte, (training.memoryMiB / 1024) * jobHours).dollars;
  return [
    cost(`${tasks} tasks, processor`, vcpu, (cpu / 1024) * hours),
    cost(`${tasks} tasks, memory`, gigabyte, (memoryMiB / 1024) * hours),
    cost(`${tasks} tasks, disk`, 'fargateDiskGbHour', (ephemeralStorageGiB - 20) * hours),
    ...(training.spot
      ? [cost(`${kind}, ${jobHours} h`, 'spotShare', full)]
      : [
          cost(`${kind}, processor`, vcpu, (training.cpu / 1024) * jobHours),
          cost(`${kind}, memory`, gigabyte, (training.memoryMiB / 1024) * jobHours),
        ]),
  ];
}

/** As many as autoscaling by requests asks for. */
export function tasksAt({ tasks, scaling, deployment }: Settings, load: Load): number {
  const perTarget = scaling.requestsPerTargetPerMinute;
  if (perTarget === null || deployment.strategy !== 'rolling') return tasks.min;
  const wanted = Math.ceil((load.requestsPerSecond * 60) / perTarget);
  return Math.min(tasks.max, Math.max(tasks.min, wanted));
}

/** A capacity unit is 25 new connections a second, or a gigabyte an hour, whichever there are more of. */
function balancing(resources: Resources, load: Load, cost: AddCost): Cost[] {
  const balancers = countOf(resources, 'AWS::ElasticLoadBalancingV2::LoadBalancer');
  const bytesPerHour = load.requestsPerSecond * 3600 * (load.imageBytes + load.answerBytes);
  const connections = load.requestsPerSecond / load.requestsPerConnection;
  const units = Math.max(connections / 25, bytesPerHour / 1e9);
  return [
    cost('load balancer', 'balancerHour', balancers * hoursOfMonth),
    cost('its capacity', 'balancerUnitHour', units * hoursOfMonth),
  ];
}

function addressesIn(
  { loadBalancer, newNetwork, network }: Settings,
  resources: Resources,
): number {
  const gateways = countOf(resources, 'AWS::EC2::EIP');
  const zones = network?.availabilityZones.length ?? newNetwork.availabilityZones;
  return gateways + (loadBalancer.internetFacing ? zones : 0);
}

/** Seven figures of the server and six of each model; of the samples of Prometheus some 400 a task, every half minute. */
function watching(settings: Settings, resources: Resources, load: Load, cost: AddCost): Cost[] {
  const tasks = tasksAt(settings, load);
  const samples = settings.prometheus.enabled ? (tasks * 400 * secondsOfMonth) / 30 / 1e6 : 0;
  const insights = settings.containerInsights === 'enhanced' ? 60 + 25 * tasks : 0;
  return [
    cost('metrics of the server', 'metricMonth', 7 + 6 * settings.models.length),
    cost('Container Insights, some', 'insightMonth', insights),
    cost('alarms, and those of autoscaling', 'alarmMonth', alarmMetrics(resources)),
    cost('Managed Prometheus', 'sampleMillion', samples),
  ];
}

/** An alarm costs by the metrics it looks at. A scaling policy makes two. */
function alarmMetrics(resources: Resources): number {
  const policies = countOf(resources, 'AWS::ApplicationAutoScaling::ScalingPolicy');
  const alarms = Object.values(resources).filter(({ Type }) => Type === 'AWS::CloudWatch::Alarm');
  const metrics = alarms.map(({ Properties }) => {
    const listed = (Properties?.['Metrics'] ?? [{ MetricStat: {} }]) as object[];
    return listed.filter((metric) => 'MetricStat' in metric).length;
  });
  return metrics.reduce((sum, count) => sum + count, 0) + 2 * policies;
}

function countOf(resources: Resources, type: string): number {
  return Object.values(resources).filter(({ Type }) => Type === type).length;
}
