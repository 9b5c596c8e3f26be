import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ConfigSchema } from '../../src/config/config-schema.ts';
import { readConfig } from '../../src/config.ts';

interface Service {
  readonly image: string;
  readonly profiles?: string[];
  readonly ports?: string[];
  readonly environment?: Record<string, string>;
  readonly volumes?: string[];
  readonly depends_on?: Record<string, { condition: string }>;
  readonly [key: string]: unknown;
}

const root = join(import.meta.dirname, '..', '..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const compose = parse(read('docker-compose.yml'), { merge: true }) as {
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
};
const { services } = compose;
const glimpses = ['glimpse', 'glimpse-s3'].map((name) => services[name]!);

describe('docker-compose.yml', () => {
  it('starts one Glimpse on local models, and the rest only by profile', () => {
    const profiles = Object.entries(services).map(([name, service]) => [name, service.profiles]);
    expect(Object.fromEntries(profiles)).toEqual({
      glimpse: undefined,
      'glimpse-s3': ['s3'],
      s3: ['s3'],
      prometheus: ['metrics'],
    });
    expect(services['glimpse']!.environment).toBeUndefined();
  });

  it('pins every image to a version', () => {
    for (const { image } of Object.values(services)) {
      expect(image).toMatch(/:v?\d+\.\d+/);
      expect(image).not.toContain('latest');
    }
  });

  it('tags our own image with the version of package.json', () => {
    const { version } = JSON.parse(read('package.json')) as { version: string };
    for (const { image } of glimpses) expect(image).toBe(`glimpse:${version}`);
  });

  it('opens ports on the loopback only', () => {
    const ports = Object.values(services).flatMap((service) => service.ports ?? []);
    expect(ports.length).toBeGreaterThan(0);
    expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
  });

  it('gives no service more rights than it needs', () => {
    for (const service of Object.values(services)) {
      expect(service['cap_drop']).toEqual(['ALL']);
      expect(service['security_opt']).toEqual(['no-new-privileges:true']);
      expect(service['privileged']).toBeUndefined();
    }
    for (const service of [...glimpses, services['prometheus']!]) {
      expect(service['read_only']).toBe(true);
      expect(service['cap_add']).toBeUndefined();
    }
  });

  it('shares nothing of the host with a service: no namespace, device, socket or unfiltered system call', () => {
    const shared = [
      'network_mode',
      'pid',
      'ipc',
      'uts',
      'userns_mode',
      'cgroup',
      'devices',
      'user',
    ];
    for (const service of Object.values(services)) {
      expect(shared.filter((name) => service[name] !== undefined)).toEqual([]);
      // Docker's own seccomp and AppArmor profiles hold as long as no other is named.
      expect(JSON.stringify(service)).not.toMatch(/unconfined|docker\.sock/);
      expect(service.volumes?.filter((volume) => volume.startsWith('/')) ?? []).toEqual([]);
    }
  });

  it('is as closed as the one command that docs/deploy.md names', () => {
    const command = read('docs/deploy.md')
      .split('\n')
      .find((line) => line.startsWith('docker run --rm'));
    for (const flag of [
      '-p 127.0.0.1:8080:8080',
      '--read-only',
      '--tmpfs /tmp',
      '--cap-drop ALL',
      '--security-opt no-new-privileges',
    ]) {
      expect(command).toContain(flag);
    }
  });

  it('keeps Glimpse’s root read-only, with a temporary folder and its two volumes writable', () => {
    for (const service of glimpses) expect(service['tmpfs']).toEqual(['/tmp']);
    expect(services['glimpse']!.volumes).toEqual([
      'models:/models',
      'data:/data',
      './data:/datasets:ro',
    ]);
  });

  it('checks the health of every service', () => {
    for (const service of Object.values(services)) {
      expect(service['healthcheck']).toMatchObject({ test: expect.arrayContaining(['CMD']) });
    }
  });

  it('waits longer for a stop than the server takes to drain', () => {
    const { GLIMPSE_SHUTDOWN_GRACE_MS: graceMs } = readConfig({});
    for (const service of glimpses) {
      const seconds = Number(/^(\d+)s$/.exec(String(service['stop_grace_period']))![1]);
      expect(seconds * 1000).toBeGreaterThan(graceMs);
      expect(service['init']).toBe(true);
    }
  });

  it('points the second Glimpse to the store, with the same keys and bucket, once the store is healthy', () => {
    const ours = services['glimpse-s3']!.environment!;
    const theirs = services['s3']!.environment!;
    expect(ours['GLIMPSE_S3_ENDPOINT']).toBe('http://s3:8333');
    expect(ours['GLIMPSE_REPOSITORY']).toBe(`s3://${theirs['S3_BUCKET']}/models`);
    expect(ours['AWS_ACCESS_KEY_ID']).toBe(theirs['AWS_ACCESS_KEY_ID']);
    expect(ours['AWS_SECRET_ACCESS_KEY']).toBe(theirs['AWS_SECRET_ACCESS_KEY']);
    expect(services['glimpse-s3']!.depends_on).toEqual({ s3: { condition: 'service_healthy' } });
  });

  it('sets only knobs that exist', () => {
    const knobs = glimpses.flatMap((service) => Object.keys(service.environment ?? {}));
    const ours = knobs.filter((knob) => knob.startsWith('GLIMPSE_'));
    expect(ours.filter((knob) => !(knob in ConfigSchema.properties))).toEqual([]);
  });

  it('declares every named volume it mounts, and no other', () => {
    const mounted = Object.values(services)
      .flatMap((service) => service.volumes ?? [])
      .map((volume) => volume.split(':')[0]!)
      .filter((source) => !source.startsWith('.'));
    expect([...new Set(mounted)].sort()).toEqual(Object.keys(compose.volumes).sort());
  });
});

describe('deploy/prometheus/prometheus.yml', () => {
  it('scrapes /metrics of every Glimpse in the compose file, on the port the image exposes', () => {
    const prometheus = parse(read('deploy/prometheus/prometheus.yml')) as {
      scrape_configs: {
        metrics_path: string;
        dns_sd_configs: { names: string[]; port: number }[];
      }[];
    };
    const [job] = prometheus.scrape_configs;
    expect(job!.metrics_path).toBe('/metrics');
    expect(job!.dns_sd_configs[0]).toMatchObject({
      names: Object.keys(services).filter((name) => name.startsWith('glimpse')),
      port: readConfig({}).GLIMPSE_PORT,
    });
  });

  it('is the file that compose mounts', () => {
    expect(services['prometheus']!.volumes).toContain('./deploy/prometheus:/etc/prometheus:ro');
  });
});
