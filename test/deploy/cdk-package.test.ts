import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { ConfigSchema } from '../../src/config/config-schema.ts';

const root = join(import.meta.dirname, '..', '..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

interface Package {
  readonly workspaces?: unknown;
  readonly dependencies: Record<string, string>;
  readonly devDependencies: Record<string, string>;
}

const ours = JSON.parse(read('package.json')) as Package;
const cdk = JSON.parse(read('deploy/cdk/package.json')) as Package;
const lock = JSON.parse(read('deploy/cdk/package-lock.json')) as {
  packages: Record<string, { version?: string; integrity?: string }>;
};

describe('the package deploy/cdk', () => {
  it('is in nobody’s install: no workspace of ours, and none of its libraries is ours', () => {
    expect(ours).not.toHaveProperty('workspaces');
    const all = Object.keys({ ...ours.dependencies, ...ours.devDependencies });
    expect(all.filter((name) => name in cdk.dependencies)).toEqual([]);
  });

  it('has the tools that we have at the same versions, all of them exact', () => {
    for (const [name, version] of Object.entries({ ...cdk.dependencies, ...cdk.devDependencies })) {
      expect(version).toMatch(/^\d+\.\d+\.\d+$/);
      expect(lock.packages[`node_modules/${name}`]?.version).toBe(version);
      expect(ours.devDependencies[name] ?? version).toBe(version);
    }
  });

  it('runs no scripts of what it installs, and knows the digest of everything', () => {
    expect(read('deploy/cdk/.npmrc')).toMatch(/^ignore-scripts=true$/m);
    const installed = Object.entries(lock.packages).filter(([path]) => path !== '');
    // What another package carries inside has that one's digest.
    const without = installed.filter(
      ([path, { integrity }]) => !integrity && !/node_modules\/.+\/node_modules\//.test(path),
    );
    expect(without.map(([path]) => path)).toEqual([]);
  });
});

interface Variable {
  readonly Name: string;
  readonly Value: unknown;
}

/** The variables of every container in a template; what is known only in an account has some other text. */
function environmentsOf(template: string): Record<string, string>[] {
  const found: Variable[][] = [];
  JSON.parse(template, (key, value: unknown) => {
    if (key === 'Environment' && Array.isArray(value)) found.push(value as Variable[]);
    return value;
  });
  return found.map((variables) =>
    Object.fromEntries(
      variables.map(({ Name, Value }) => [
        Name,
        typeof Value === 'string' ? Value : 's3://b/models',
      ]),
    ),
  );
}

describe.each(['default', 'full'])(
  'the variables in deploy/cdk/templates/%s.template.json',
  (name) => {
    const environments = environmentsOf(read(`deploy/cdk/templates/${name}.template.json`));
    const ours = environments.filter((environment) => 'GLIMPSE_REPOSITORY' in environment);

    it('are settings that there are, with values that they take', () => {
      expect(ours.length).toBeGreaterThan(0);
      for (const environment of ours) {
        const knobs = Object.keys(environment).filter((one) => one.startsWith('GLIMPSE_'));
        expect(knobs.filter((knob) => !(knob in ConfigSchema.properties))).toEqual([]);
        expect(() => readConfig(environment)).not.toThrow();
      }
    });

    it('let a server end before ECS ends it, and keep connections longer than the load balancer', () => {
      const servers = ours.filter((environment) => 'GLIMPSE_PORT' in environment);
      const [server] = servers.map((environment) => readConfig(environment));
      expect(server!.GLIMPSE_SHUTDOWN_GRACE_MS).toBeLessThan(60_000);
      expect(server!.GLIMPSE_DRAIN_DELAY_MS).toBeGreaterThanOrEqual(10_000);
      expect(server!.GLIMPSE_KEEP_ALIVE_TIMEOUT_MS).toBeGreaterThan(60_000);
      expect(server!.GLIMPSE_EMF_INTERVAL_SECONDS).toBe(60);
    });
  },
);
