import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Check } from 'typebox/schema';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { knobWarnings } from '../../src/cli/config.ts';
import { readConfig } from '../../src/config.ts';
import { ConfigSchema } from '../../src/config/config-schema.ts';
import { isRecord } from '../../src/json.ts';

const deploy = join(import.meta.dirname, '../../deploy');
const chart = join(deploy, 'helm/glimpse');
const read = (...path: string[]): string => readFileSync(join(...path), 'utf8');
const values = parse(read(chart, 'values.yaml')) as Record<string, unknown>;
const schema = JSON.parse(read(chart, 'values.schema.json')) as Record<string, unknown>;
const template = (name: string): string => read(chart, 'templates', `${name}.yaml`);

interface Container {
  readonly env: { readonly name: string; readonly value: string }[];
  readonly securityContext: Record<string, unknown>;
}
const runtime = parse(read(deploy, 'kserve/serving-runtime.yaml')) as {
  spec: { containers: Container[]; protocolVersions: string[] };
};

describe('the Helm chart', () => {
  it('has values that fit its schema, and refuses others', () => {
    expect(Check(schema, values)).toBe(true);
    for (const wrong of [
      { replica: 2 },
      { image: { tag: 'latest' } },
      { config: { GLIMPSE_ADMIN_KEY: 'secret' } },
      { config: { LOG_LEVEL: 'info' } },
      { config: { 'GLIMPSE_OPEN\n              value: "1"\n            - name: X': '1' } },
      { terminationGracePeriodSeconds: 5 },
      { grpcPort: 70_000 },
    ]) {
      expect(Check(schema, { ...values, ...wrong }), JSON.stringify(wrong)).toBe(false);
    }
  });

  it('has each of its values in the schema, so that a slip of the pen is seen', () => {
    expect(Object.keys(values).filter((name) => !isKnown(schema, name))).toEqual([]);
    for (const [name, value] of Object.entries(values)) {
      const inside = isRecord(schema['properties']) ? schema['properties'][name] : undefined;
      if (!isRecord(value) || !isRecord(inside) || !isRecord(inside['properties'])) continue;
      expect(
        Object.keys(value).filter((one) => !isKnown(inside, one)),
        name,
      ).toEqual([]);
    }
  });

  it('writes names and texts of values in quotes, so that 123 and true stay texts', () => {
    const written = readdirSync(join(chart, 'templates'))
      .filter((file) => /\.(yaml|tpl)$/.test(file))
      .flatMap((file) => read(chart, 'templates', file).split('\n'))
      .filter((line) => /(name|Name|instance|value|sizeLimit|averageValue): \{\{/i.test(line))
      .filter((line) => !/\$name|"glimpse\.name"|\.Chart\.Name/.test(line));
    expect(written.length).toBeGreaterThan(10);
    expect(written.filter((line) => !line.includes('| quote }}'))).toEqual([]);
  });

  it('sets only settings that there are', () => {
    const files = [
      values,
      ...readdirSync(join(chart, 'ci')).map(
        (file) => parse(read(chart, 'ci', file)) as typeof values,
      ),
    ];
    const named = files.flatMap((file) => Object.keys(file['config'] ?? {}));
    named.push(
      ...template('deployment').match(/GLIMPSE_\w+/g)!,
      ...runtime.spec.containers[0]!.env.map(({ name }) => name),
    );
    expect(named.filter((name) => !(name in ConfigSchema.properties))).toEqual([]);
    expect(knobWarnings()).toEqual([]);
  });

  it('gives a pod longer to stop than a drain and the grace after it take', () => {
    const { GLIMPSE_DRAIN_DELAY_MS: drain } = values['config'] as Record<string, string>;
    const grace = readConfig({}).GLIMPSE_SHUTDOWN_GRACE_MS;
    expect(Number(values['terminationGracePeriodSeconds']) * 1000).toBeGreaterThan(
      Number(drain) + grace,
    );
  });

  it('asks /livez whether to restart and /readyz whether to send, never the other way round', () => {
    const probes = [
      ...template('deployment').matchAll(/(\w+)Probe:\n\s+httpGet: \{ path: (\/\w+)/g),
    ];
    expect(probes.map(([, probe, path]) => [probe, path])).toEqual([
      ['startup', '/livez'],
      ['liveness', '/livez'],
      ['readiness', '/readyz'],
    ]);
  });

  it('scales by a metric that there is', () => {
    expect(template('autoscaler')).toContain('name: glimpse_queue_wait_seconds');
    expect(read(deploy, '../docs/metrics.md')).toContain('| `glimpse_queue_wait_seconds` ');
  });
});

describe('the runtime for KServe', () => {
  const [container] = runtime.spec.containers;
  it('serves what KServe lays into /mnt/models, by both of its protocols, and takes no jobs', () => {
    const settings = Object.fromEntries(container!.env.map(({ name, value }) => [name, value]));
    expect(settings).toMatchObject({
      GLIMPSE_SAGEMAKER_MODEL_DIR: '/mnt/models',
      GLIMPSE_JOBS: 'off',
    });
    expect(readConfig(settings).GLIMPSE_SAGEMAKER_MODEL_DIR).toBe('/mnt/models');
    expect(runtime.spec.protocolVersions).toEqual(['v2', 'v1']);
  });

  it('runs as closed as the chart', () => {
    expect(container!.securityContext).toEqual({
      runAsNonRoot: true,
      runAsUser: 1000,
      readOnlyRootFilesystem: true,
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
    });
  });
});

function isKnown(of: Record<string, unknown>, name: string): boolean {
  return isRecord(of['properties']) && Object.hasOwn(of['properties'], name);
}
